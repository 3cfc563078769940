"""Fleets: how soon a signed decision is live on six relays, and what trustsync and its database take."""

import ctypes
import os
import re
import select
import subprocess
import threading
import time
from pathlib import Path

from .cluster import Cluster
from .compare import peak_so_far
from .decisions import Signer, digest, packs, text_of
from .log_lines import fingerprint
from .rest import facts
from .stage import PrivateExim, Site
from .table import Table
from .timing import ENVIRONMENT, Run, median

RELAYS = 6
ROUNDS = 15
LISTENERS = 1_000
DECISIONS = 100_000
FAILOVERS = 5
REST = 60


class Host:
    """A host of the fleet: a relay with its Exim, or a console."""

    def __init__(self, fleet, name, exim=None):
        self.fleet, self.name, self.stage = fleet, name, fleet.stage
        self.site = exim.site if exim else Site(self.stage, name)
        self.is_relay = exim is not None
        carrier = self.site.state.parent / "trustsync"
        for part in ("inbox", "outbox", "state"):
            (carrier / part).mkdir(parents=True)
        self.inbox, self.outbox, self.status = carrier / "inbox", carrier / "outbox", carrier / "state" / "status"
        self.receipt = self.site.folder / "ledger" / "fleet" / "out" / "receipt"
        self.trustsync = None

    def join(self):
        member = ["--member", self.name] if self.is_relay else []
        said = subprocess.run(
            self.site.command("fleet", "join", self.fleet.pack, "--genesis", self.fleet.genesis, "--head", self.fleet.genesis, "--yes", *member),
            check=True, capture_output=True, text=True, env=ENVIRONMENT)
        return re.search(r"trustctl fleet member add (.*)", said.stdout + said.stderr)

    def connect(self, place):
        settings = self.site.folder / "fleet.conf"
        kept = [line for line in settings.read_text().splitlines() if not line.startswith("database")]
        login = f"relay_{self.name}" if self.is_relay else f"console_{self.name}"
        settings.write_text("\n".join([*kept, f"database = host={place} dbname=fleet user={login}"]) + "\n")

    def follow(self):
        self.trustsync = self.stage.start(
            [self.stage.trustctl.replace("trustctl", "trustsync"), "--config", str(self.site.configuration)], stderr=subprocess.DEVNULL)

    def take(self):
        """What the path unit has root do."""
        Run(self.site.command("fleet", "apply", "--unit"), expecting=(0, 65, 69, 70))

    def has_live(self, count):
        try:
            text = self.receipt.read_text(errors="replace")
        except OSError:
            return False
        return f"\nDecisions: {count}\n" in text and "\nOutcome: live\n" in text


class Fleet:
    def __init__(self, stage, relays):
        self.stage = stage
        self.folder = stage.folder / "fleet"
        self.folder.mkdir()
        self.key, self.pack = str(self.folder / "root"), str(self.folder / "first.pack")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "root@safe", "-f", self.key], check=True)
        said = subprocess.run(
            [stage.trustctl, "fleet", "init", "bench-mail", "--key", f"{self.key}.pub", "--output", self.pack],
            check=True, capture_output=True, text=True)
        self.genesis = "".join(re.findall(r"\b[0-9A-F]{4}\b", said.stdout)[:16]) or re.search(r"[0-9A-F]{64}", said.stdout)[0]
        self.cluster = Cluster(stage)
        self.sql("--name", "bench-mail")
        self.console = Host(self, "alice")
        self.sql("--console", "alice")
        self.console.join()
        self.relays = [Host(self, f"mx{number}", PrivateExim(stage, f"fleet-mx{number}")) for number in range(relays)]
        self.count = 1
        for relay in self.relays:
            self.sql("--member", relay.name)
            line = relay.join()[1].split("--")[0].split()
            self.decide("fleet", "member", "add", *line)
        self.ending = threading.Event()
        self.threads = []

    def sql(self, *options):
        text = subprocess.run([self.stage.trustctl, "fleet", "sql", *options], check=True, capture_output=True, text=True).stdout
        self.cluster.sql(text)

    def command(self, *words):
        yes = [] if words[0] == "fleet" else ["--yes"]
        return self.console.site.command(*words, *yes, "--sign-with", f"{self.key}.pub")

    def decide(self, *words):
        self.count += 1
        Run(self.command(*words), expecting=(0, 69, 75))

    def follow(self, place):
        for host in (self.console, *self.relays):
            host.connect(place)
            host.follow()
            thread = threading.Thread(target=self._take, args=(host,), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _take(self, host):
        # A path unit is woken by the kernel; this looks every two milliseconds.
        while not self.ending.wait(0.002):
            if any(name.endswith(".pack") for name in os.listdir(host.inbox)):
                host.take()

    def wait(self, what, holds, seconds=60):
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise SystemExit(f"bench: in {seconds} seconds it did not come that {what}")
            time.sleep(0.002)

    def wait_until_live(self):
        self.wait(f"decision {self.count} is live everywhere", lambda: all(relay.has_live(self.count) for relay in self.relays))

    def end(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        for host in (self.console, *self.relays):
            if host.trustsync:
                self.stage.stop(host.trustsync)


def measure_live(stage, fleet, table):
    """The same number of relays of no fleet, each with its own approve, all started together; and one of them alone."""
    plain = [PrivateExim(stage, f"plain-{number}").site for number in range(RELAYS)]
    times = {"fleet": [], "plain": [], "one": []}
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run = subprocess.Popen(fleet.command("approve", fingerprint()), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        fleet.count += 1
        fleet.wait_until_live()
        times["fleet"].append(time.perf_counter() - start)
        run.wait()
        start = time.perf_counter()
        runs = [
            subprocess.Popen(site.command("approve", fingerprint(), "--yes"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
            for site in plain
        ]
        if any(run.wait() for run in runs):
            raise SystemExit("bench: a plain approve failed")
        times["plain"].append(time.perf_counter() - start)
        times["one"].append(Run(plain[0].command("approve", fingerprint(), "--yes")).seconds)
    table.times("one relay's own approve", times["one"])
    table.times(f"{RELAYS} relays of no fleet, their own approves started together", times["plain"], ("one", times["one"]))
    goal = f"1.5 × and 150 ms: {(1.5 * median(times['plain']) + 0.15) * 1000:.0f} ms"
    table.times(f"a decision of the fleet, from the command to the last of {RELAYS} receipts", times["fleet"], (f"the {RELAYS}", times["plain"]), goal)


def measure_listeners(fleet, table):
    """Bare connections of libpq that have asked for decisions. Timed from the signed file in the outbox to the last one's notification."""
    pq = ctypes.CDLL("libpq.so.5")
    for name in ("PQconnectdb", "PQexec", "PQnotifies"):
        getattr(pq, name).restype = ctypes.c_void_p
    for name in ("PQexec", "PQsocket", "PQconsumeInput", "PQnotifies", "PQfinish", "PQclear", "PQfreemem", "PQstatus"):
        getattr(pq, name).argtypes = [ctypes.c_void_p] + ([ctypes.c_char_p] if name == "PQexec" else [])
    fleet.sql("--member", "listener")
    fleet.cluster.sql(f"ALTER ROLE relay_listener CONNECTION LIMIT {LISTENERS + 10}")
    connections, poll = {}, select.poll()
    for _ in range(LISTENERS):
        connection = pq.PQconnectdb(f"host={fleet.cluster.folder} dbname=fleet user=relay_listener".encode())
        if pq.PQstatus(connection):
            raise SystemExit("bench: a listener could not connect")
        pq.PQclear(pq.PQexec(connection, b"LISTEN trust_decision"))
        connections[pq.PQsocket(connection)] = connection
        poll.register(pq.PQsocket(connection), select.POLLIN)
    times = {"first": [], "last": []}
    for round in range(ROUNDS):
        signed = fleet.folder / f"signed-{round}"
        Run(fleet.command("approve", fingerprint(), "--output", str(signed)))
        fleet.count += 1
        start = time.perf_counter()
        # Its name is its digest; trustsync goes by what is in it.
        os.rename(signed, fleet.console.outbox / digest(text_of(signed.read_bytes())))
        waiting = set(connections)
        while waiting:
            ready = poll.poll(10_000)
            if not ready:
                raise SystemExit("bench: a listener was not notified")
            for socket, _ in ready:
                pq.PQconsumeInput(connections[socket])
                while notification := pq.PQnotifies(connections[socket]):
                    pq.PQfreemem(notification)
                    if len(waiting) == LISTENERS:
                        times["first"].append(time.perf_counter() - start)
                    waiting.discard(socket)
        times["last"].append(time.perf_counter() - start)
        fleet.wait_until_live()
    for connection in connections.values():
        pq.PQfinish(connection)
    table.times(f"{LISTENERS:,} listeners: from the outbox to the first one's notification", times["first"])
    table.times("  to the last one's", times["last"], goal="60 ms")


def measure_rest(fleet, table):
    process = fleet.relays[0].trustsync
    fleet.wait_until_live()
    time.sleep(3)
    before = facts(process.pid)
    time.sleep(REST)
    after = facts(process.pid)
    table.row(
        f"trustsync at rest for {REST} s, a look every 30 s", f"{after['switches'] - before['switches']} context switches", "",
        "1", f"{after['resident']:.1f} MiB, {after['anonymous']:.1f} of its own", "24 MiB, 3 of its own")


def measure_failover(stage, fleet, table):
    """The primary is killed as by a power cut and its standby promoted; timed from the promotion to the first decision that went through."""
    times = []
    standby = Cluster(stage, "standby-0", of=fleet.cluster)
    for round in range(FAILOVERS):
        place = f"{fleet.cluster.folder},{standby.folder}"
        for host in (fleet.console, *fleet.relays):
            stage.stop(host.trustsync)
            host.connect(place)
            host.follow()
        fleet.wait("all follow", lambda: all(" notified " in host.status.read_text() for host in (fleet.console, *fleet.relays)))
        fleet.wait("the standby has all", lambda: fleet.cluster.sql("SELECT count(*) FROM trust.decision") == standby.sql("SELECT count(*) FROM trust.decision"))
        fleet.cluster.kill()
        standby.sql("SELECT pg_promote()", database="postgres")
        start = time.perf_counter()
        fleet.wait("all follow it", lambda: all(str(standby.folder) in host.status.read_text() for host in (fleet.console, *fleet.relays)))
        times.append(time.perf_counter() - start)
        fleet.decide("approve", fingerprint())
        fleet.wait_until_live()
        fleet.cluster = standby
        if round + 1 < FAILOVERS:
            standby = Cluster(stage, f"standby-{round + 1}", of=fleet.cluster)
    table.times(f"a standby promoted: until all {RELAYS + 1} follow it", times, goal="2 s, worst 5 s")


def watched(command):
    """Its time, and the largest resident memory that it had."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT)
    largest, status = 0, Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        largest = max(largest, peak_so_far(status))
        time.sleep(0.005)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"bench: {' '.join(command)} ended with {process.returncode}: {process.stderr.read().decode()}")
    return seconds, largest / 1024


def measure_catch_up(stage, table):
    """A relay with its list in a folder gets 100,000 decisions that it has never seen, through its inbox."""
    fleet = Fleet.__new__(Fleet)
    # In memory: after the removal of as many texts ext4 would allocate slowly for seconds.
    fleet.stage, fleet.folder = stage, stage.memory / "catch-up"
    fleet.folder.mkdir()
    signer = Signer(fleet.folder, stage.trustctl)
    fleet.genesis, fleet.pack = signer.genesis, signer.pack
    exim = PrivateExim(stage, "catch-up-relay")
    relay = Host(fleet, "late", exim)
    folder = relay.site.folder / "approved"
    folder.mkdir()
    relay.site.list.write_text(f"RELAY_FROM_CERTS = ${{lookup{{${{sha256:$tls_in_peercert}}}}dsearch,cache=no_rd{{{folder}}}}}\n")
    with open(relay.site.configuration, "a") as file:
        file.write(f"approved = {folder}\n")
    exim.reload()
    relay.join()
    run, taken = 0, []
    for number, pack in enumerate(packs(signer.chain(DECISIONS))):
        (relay.inbox / f"{number:016x}.pack").write_bytes(pack)
    while any(name.endswith(".pack") for name in os.listdir(relay.inbox)):
        run += 1
        taken.append(watched(relay.site.command("fleet", "apply", "--unit")))
    if len(os.listdir(folder)) != signer.approved:
        raise SystemExit("bench: the relay has not approved who is approved")
    table.row(
        f"{DECISIONS:,} decisions through the inbox, in {run} runs of `fleet apply`", f"{sum(seconds for seconds, _ in taken):.1f} s", "", "1",
        f"{max(peak for _, peak in taken):.0f} MiB", "30 s, 96 MiB")


def measure(stage):
    table = Table(
        "Fleets",
        f"{RELAYS} relays, a console and a PostgreSQL on this machine, over its socket without TLS, with fsync. What a path unit does is done by a thread that "
        "looks every two milliseconds.")
    fleet = Fleet(stage, RELAYS)
    fleet.follow(str(fleet.cluster.folder))
    fleet.wait_until_live()
    measure_live(stage, fleet, table)
    measure_listeners(fleet, table)
    measure_rest(fleet, table)
    measure_failover(stage, fleet, table)
    fleet.end()
    measure_catch_up(stage, table)
    table.show()
