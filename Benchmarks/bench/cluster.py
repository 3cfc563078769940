"""PostgreSQL for a fleet, in the run's folder, reached by its socket; with a standby, if wanted."""

import glob
import os
import shutil
import signal
import subprocess
import time

AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


class Cluster:
    """A server with the fleet's tables."""

    def __init__(self, stage, name="postgres", of=None):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
        if not found:
            raise SystemExit("bench: no PostgreSQL is installed: `make packages`")
        self.stage, self.binaries, self.folder = stage, found[-1], stage.folder / name
        self.folder.mkdir()
        shutil.chown(self.folder, "postgres", "postgres")
        data = f"{self.folder}/data"
        if of:
            self._run("pg_basebackup", "--no-sync", "--checkpoint=fast", f"--host={of.folder}", "--username=postgres", f"--pgdata={data}", "--write-recovery-conf")
        else:
            self._run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", f"--pgdata={data}")
        with open(f"{data}/postgresql.conf", "a") as file:
            file.write(
                f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\nmax_connections = 1100\nshared_buffers = 16MB\n"
                "wal_retrieve_retry_interval = 500ms\nmax_wal_senders = 10\n")
        self.start()
        if not of:
            self.sql("CREATE DATABASE fleet", database="postgres")

    def _run(self, program, *arguments):
        subprocess.run([*AS_POSTGRES, f"{self.binaries}/{program}", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            # A process group of its own, so that a kill meets all of it.
            self.server = self.stage.start(
                [*AS_POSTGRES, f"{self.binaries}/postgres", "-D", f"{self.folder}/data"], stderr=subprocess.DEVNULL, start_new_session=True)
            while self.server.poll() is None and time.monotonic() < deadline:
                if self._psql("SELECT 1", "postgres").returncode == 0:
                    return
                time.sleep(0.05)
        raise SystemExit("bench: PostgreSQL did not start")

    def _psql(self, text, database):
        return subprocess.run(
            ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-U", "postgres", "-d", database],
            input=text, capture_output=True, text=True)

    def sql(self, text, database="fleet"):
        done = self._psql(text, database)
        if done.returncode:
            raise SystemExit(f"bench: psql: {done.stderr}")
        return done.stdout.strip()

    def kill(self):
        """Every process of it at once, as a power cut."""
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()
        self.stage.children.remove(self.server)
