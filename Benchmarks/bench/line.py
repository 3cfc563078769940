"""The time from Exim's write(2) of a log line to the queue entry, and to a `trustctl list` that shows it."""

import os
import random
import select
import subprocess
import time

from .log_lines import PHRASE, attempt, fingerprint, rejection, stamp
from .stage import Site
from .table import Table
from .timing import ENVIRONMENT, Run, now
from .watching import Arrivals

ROUNDS = 300
PAUSE = (0.02, 0.05)
GOAL = "10 ms at p99"


class Followed:
    """A site with a running trustd."""

    def __init__(self, site, trustd=None):
        self.site = site
        self.log = os.open(site.log, os.O_WRONLY | os.O_APPEND)
        self.arrivals = Arrivals(site.pending)
        self.process = site.follow(trustd)
        self.until_entry()

    def until_entry(self):
        digits = fingerprint()
        line = attempt(digits)
        start = now()
        os.write(self.log, line)
        self.arrivals.wait_for(digits)
        seconds = now() - start
        # The queue stays as short as in practice, where each entry is decided soon.
        os.unlink(self.site.pending / digits)
        return seconds

    def until_observed(self):
        """The recipe's line, and behind it the rejection with the client's address, as Exim writes them. Returns the time until the entry
        has the address, and whether it was there from the beginning."""
        digits, when = fingerprint(), stamp()
        start = now()
        os.write(self.log, f"{when} {PHRASE}{digits}\n".encode())
        os.write(self.log, rejection(when, "192.0.2.7").encode())
        self.arrivals.wait_for(digits)
        entry, is_first = self.site.pending / digits, True
        while "Observed-Address: 192.0.2.7" not in entry.read_text():
            is_first = False
            if now() - start > 10:
                raise SystemExit(f"bench: {digits} has no address")
            time.sleep(0.0005)
        seconds = now() - start
        os.unlink(entry)
        return seconds, is_first

    def until_listed(self):
        """Starts one list after the other, the first directly after the line. Also returns how long one list takes."""
        digits = fingerprint()
        line = attempt(digits)
        command = self.site.command("list")
        start = now()
        os.write(self.log, line)
        while True:
            if digits.encode() in Run(command).output:
                break
        seconds = now() - start
        alone = Run(command).seconds
        os.unlink(self.site.pending / digits)
        return seconds, alone


class Tail:
    """What a person would type instead of using trustd."""

    def __init__(self, stage):
        self.path = stage.folder / "tailed"
        self.path.touch()
        self.log = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        tail = stage.start(["tail", "-n0", "-F", str(self.path)], stdout=subprocess.PIPE, env=ENVIRONMENT)
        grep = subprocess.Popen(
            ["grep", "--line-buffered", "-F", PHRASE], stdin=tail.stdout, stdout=subprocess.PIPE, env=ENVIRONMENT
        )
        stage.children.append(grep)
        tail.stdout.close()
        self.output = grep.stdout.fileno()
        # tail reads the file once before it follows it.
        while True:
            os.write(self.log, attempt(fingerprint()))
            if select.select([self.output], [], [], 0.2)[0]:
                break
        time.sleep(0.5)
        while select.select([self.output], [], [], 0)[0]:
            os.read(self.output, 65_536)

    def until_printed(self):
        line = attempt(fingerprint())
        start = now()
        os.write(self.log, line)
        seen = b""
        while not seen.endswith(b"\n"):
            seen += os.read(self.output, 65_536)
        return now() - start


def until_synchronized(path):
    """Writes and syncs a file as large as an entry: the disk's share of an entry's time."""
    bytes_ = b"x" * 300
    start = now()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    os.write(file, bytes_)
    os.fsync(file)
    os.close(file)
    seconds = now() - start
    os.unlink(path)
    return seconds


def measure(stage):
    disk = Followed(Site(stage, "line"))
    memory = Followed(Site(stage, "line-memory", state=stage.memory / "state"))
    neighbours = {name: Followed(Site(stage, f"line-{name.split()[0]}"), trustd) for name, trustd in stage.builds().items()}
    observed = {name: [] for name in neighbours}
    tail = Tail(stage)
    listed, alone, listed_memory, alone_memory = [], [], [], []
    times = {"disk": [], "memory": [], "tail": [], "fsync": []}

    def list_disk():
        for times_, seconds in zip((listed, alone), disk.until_listed()):
            times_.append(seconds)

    def list_memory():
        for times_, seconds in zip((listed_memory, alone_memory), memory.until_listed()):
            times_.append(seconds)

    kinds = [
        lambda: times["disk"].append(disk.until_entry()),
        lambda: times["memory"].append(memory.until_entry()),
        lambda: times["tail"].append(tail.until_printed()),
        lambda: times["fsync"].append(until_synchronized(stage.folder / "synchronized")),
        list_disk,
        list_memory,
    ] + [lambda name=name: observed[name].append(neighbours[name].until_observed()) for name in neighbours]
    for _ in range(ROUNDS):
        random.shuffle(kinds)
        for kind in kinds:
            time.sleep(random.uniform(*PAUSE))
            kind()

    table = Table("Line to list", "From the write(2) of a log line with a new fingerprint. Pauses as between the actions of a person.")
    peer = ("tail \\| grep", times["tail"])
    table.times("entry in pending/", times["disk"], peer)
    table.times("entry in pending/, state in memory", times["memory"], peer)
    for name, results in observed.items():
        first = sum(is_first for _, is_first in results)
        what = f"entry with the address of the line behind it, {name}; there at once: {first} of {len(results)}"
        table.times(what, [seconds for seconds, _ in results], peer, "5 ms at p99, all at once")
    table.times("`trustctl list` shows it", listed, peer, GOAL)
    table.times("`trustctl list` shows it, state in memory", listed_memory, peer, GOAL)
    table.times("one `trustctl list` (contained in the two above)", alone)
    table.times("`tail -F \\| grep` prints it", times["tail"])
    table.times("for scale: one file as large and fsync, same disk", times["fsync"])
    table.show()
    for followed in (disk, memory, *neighbours.values()):
        stage.stop(followed.process)
