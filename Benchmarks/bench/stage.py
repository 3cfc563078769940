"""The temporary folder of a run and the processes that use it. Both are gone when the run ends, however it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
EXIM = "/usr/sbin/exim4"


class Stage:
    def __init__(self, programs):
        self.trustd = f"{programs}/trustd"
        self.trustctl = f"{programs}/trustctl"
        # A folder with the programs of an older build, which are then measured beside these; empty: there are none.
        self.against = ""
        # On the disk of the real state and, like it, below a folder that only root may write.
        self.folder = Path(tempfile.mkdtemp(prefix="trustd-bench.", dir="/var/lib"))
        self.folder.chmod(0o755)
        self.memory = Path(tempfile.mkdtemp(prefix="trustd-bench.", dir="/dev/shm"))
        self.children = []

    def clear(self):
        for child in self.children:
            child.kill()
            child.wait()
        # Exim's daemon is not a child of this process. Twice, because a process may start another one in between.
        for _ in range(2):
            for pid in self._processes():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.memory, ignore_errors=True)

    def _processes(self):
        """The processes with the folder in their command line, which can only be those of this run."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if int(process.name) != os.getpid() and str(self.folder).encode() in (process / "cmdline").read_bytes():
                    yield int(process.name)
            except OSError:
                pass

    def start(self, arguments, **options):
        child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, **options)
        self.children.append(child)
        return child

    def builds(self):
        """Each trustd to measure, by its name in the tables."""
        return {"trustd": self.trustd} | ({"old trustd": f"{self.against}/trustd"} if self.against else {})

    def stop(self, child):
        child.kill()
        child.wait()
        self.children.remove(child)


class Site:
    """The log, the state and the configuration of one trustd."""

    def __init__(self, stage, name, state=None, extra=""):
        self.stage = stage
        self.folder = stage.folder / name
        self.log = self.folder / "mainlog"
        self.state = state or self.folder / "state"
        self.pending = self.state / "pending"
        self.configuration = self.folder / "trustd.conf"
        self.list = self.folder / "relay_from_certs"
        for folder in (self.folder / "certs", self.folder / "ledger" / "denied", self.pending, self.state / "position"):
            folder.mkdir(parents=True)
        self.log.touch()
        shutil.copy(PROJECT / "etc" / "relay_from_certs", self.list)
        self.configuration.write_text(
            f"log = {self.log}\nstate = {self.state}\nlist = {self.list}\ncertificates = {self.folder}/certs\n"
            f"ledger = {self.folder}/ledger\nmax_per_address = 10000\n{extra}"
        )

    def command(self, *arguments):
        return [self.stage.trustctl, *arguments, "--config", str(self.configuration)]

    @property
    def once(self):
        return self.once_by(self.stage.trustd)

    def once_by(self, trustd):
        return [trustd, "--once", "--config", str(self.configuration)]

    def follow(self, trustd=None):
        return self.stage.start([trustd or self.stage.trustd, "--config", str(self.configuration)], stderr=subprocess.DEVNULL)

    def entries(self):
        """The lines of each entry."""
        return [file.read_text().splitlines() for file in self.pending.iterdir()]

    def sightings(self):
        return sum(int(line.split()[1]) for entry in self.entries() for line in entry if line.startswith("Sightings:"))

    def forget_position(self):
        """Makes trustd start from nothing. Renames the folders: after many removals ext4 would allocate slowly for seconds."""
        for folder in (self.pending, self.state / "position"):
            folder.rename(folder.with_name(f"{folder.name}-{time.monotonic_ns()}"))
            folder.mkdir()


class PrivateExim:
    """A real Exim on a loopback port, with the configuration of the demo; `rules` are those of one way of trust."""

    def __init__(self, stage, name="exim", rules="fingerprints"):
        self.port = _free_port()
        self.folder = folder = stage.folder / name
        self.configuration = folder / "exim.conf"
        extra = f"exim = {EXIM}\nexim_config = {self.configuration}\nreload = pidfile:{folder}/run/exim.pid\n"
        self.site = Site(stage, name, extra=extra)
        for name in ("spool", "mail", "run", "log"):
            (folder / name).mkdir()
            shutil.chown(folder / name, "Debian-exim", "Debian-exim")
        # Without a certificate Exim makes one at each start, which takes longer than everything else.
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=relay.example", "-keyout", folder / "server.key", "-out", folder / "server.pem"],
            check=True, stderr=subprocess.DEVNULL)  # fmt: skip
        shutil.chown(folder / "server.key", "root", "Debian-exim")
        (folder / "server.key").chmod(0o640)
        shutil.copytree(PROJECT / "etc" / "exim", folder / "etc" / "exim")
        (folder / "etc" / "certs").mkdir()
        text = (PROJECT / "demo" / "exim.conf").read_text().replace("@FOLDER@", str(folder)).replace("@PORT@", str(self.port))
        text = text.replace("_fingerprints", f"_{rules}")
        self.configuration.write_text(text)
        for file in (folder / "etc").rglob("*"):
            if file.is_file():
                text = file.read_text().replace("/etc/trustd/relay_from_certs", str(self.site.list))
                file.write_text(text.replace("/etc/trustd", f"{folder}/etc"))
        subprocess.run([EXIM, "-C", self.configuration, "-bd"], check=True)
        deadline = time.monotonic() + 10
        while not (self.pid and self.listeners()):
            if time.monotonic() > deadline:
                raise SystemExit("bench: the private Exim did not start")
            time.sleep(0.01)
        self.greet()

    @property
    def pid(self):
        try:
            return int((self.folder / "run" / "exim.pid").read_text())
        except (OSError, ValueError):
            return None

    def listeners(self):
        """The inodes of its listening sockets."""
        inodes = set()
        try:
            for descriptor in os.scandir(f"/proc/{self.pid}/fd"):
                if match := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(descriptor.path)):
                    inodes.add(match[1])
        except OSError:
            return set()
        # Listening sockets on the port.
        lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return {line[9] for line in lines if line[3] == "0A" and line[1].endswith(f":{self.port:04X}")} & inodes

    def greet(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as client:
            if not client.recv(512).startswith(b"220"):
                raise SystemExit("bench: the private Exim does not greet")
            greeted = time.perf_counter()
            client.sendall(b"QUIT\r\n")
            client.recv(512)
        return greeted

    def reload(self):
        """Sends HUP and waits until Exim greets on a new socket. Returns the time of the greeting."""
        before = self.listeners()
        os.kill(self.pid, signal.SIGHUP)
        while not self.listeners() - before:
            time.sleep(0.0002)
        return self.greet()


def _free_port():
    while True:
        with socket.socket() as candidate:
            candidate.bind(("127.0.0.1", 0))
            if candidate.getsockname()[1] >= 21000:
                return candidate.getsockname()[1]


def find(name):
    return shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
