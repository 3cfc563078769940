"""Two builds side by side: size, start, list, log reading and memory. For changes that must not make the programs slower or larger."""

import fcntl
import os
import shutil
import subprocess
import time
from pathlib import Path

from .listing import ENTRIES, certificates, fill
from .log_lines import write_busy_log
from .rest import facts
from .stage import Site
from .table import Table
from .timing import ENVIRONMENT, Run, median, milliseconds

ROUNDS = 60
JSON_ROUNDS = 9
LOG = 64 << 20
LOG_ROUNDS = 7
DAEMON_ROUNDS = 3


class Build:
    """The two programs of one build, stripped, since that is how they are installed."""

    def __init__(self, stage, name, folder):
        self.name = name
        self.folder = stage.folder / f"build-{name}"
        self.folder.mkdir()
        for program in ("trustd", "trustctl"):
            if not (Path(folder) / program).is_file():
                raise SystemExit(f"bench: {folder} has no {program}")
            subprocess.run(["strip", "-o", self.folder / program, Path(folder) / program], check=True)
        self.trustd, self.trustctl = str(self.folder / "trustd"), str(self.folder / "trustctl")

    def size(self, program):
        return (self.folder / program).stat().st_size / (1 << 20)


def measure(stage):
    against = stage.against
    builds = [Build(stage, "old", against), Build(stage, "new", Path(stage.trustctl).parent)]
    folder = stage.folder / "certificates"
    folder.mkdir()
    ders = certificates(folder)
    empty, full = Site(stage, "compare-empty"), Site(stage, "compare-full")
    fill(full, ders)

    table = Table(
        f"Two builds: {against} (old) and {Path(stage.trustctl).parent} (new)",
        "Medians; the builds take turns. “CPU” compares the processor time, “fastest” the fastest runs: other work on the machine affects"
        " these less. “Spread” is that of the middle half of the old build's runs; a smaller difference of the medians means nothing.",
    )

    def row(what, measured, rounds, unit):
        """`measured` returns a figure for one build, or a run of it."""
        show(table, what, in_turns([lambda build=build: measured(build) for build in builds], rounds), unit)

    def trustctl(what, rounds, *arguments, prints=True):
        row(what, lambda build: Run([build.trustctl, *arguments]), rounds, milliseconds)
        if prints:
            row("  largest resident memory", lambda build: peak([build.trustctl, *arguments]), 5, mebibytes)

    row("size of trustctl, stripped", lambda build: build.size("trustctl"), 1, mebibytes)
    row("size of trustd, stripped", lambda build: build.size("trustd"), 1, mebibytes)
    listed = f"{ENTRIES:,} certificates"
    trustctl("`trustctl --version`", ROUNDS, "--version")
    trustctl("`trustctl list`, empty queue", ROUNDS, "list", "--config", str(empty.configuration), prints=False)
    trustctl(f"`trustctl list`, {listed}", ROUNDS, "list", "--config", str(full.configuration))
    trustctl(f"`trustctl list --json`, {listed}", JSON_ROUNDS, "list", "--json", "--config", str(full.configuration))
    row("`trustd --version`", lambda build: Run([build.trustd, "--version"]), ROUNDS, milliseconds)
    log = Site(stage, "compare-log")
    write_busy_log(log.log, LOG, "ours")
    row(f"`trustd --once`, a log of {LOG >> 20} MiB", lambda build: read(log, build), LOG_ROUNDS, milliseconds)
    resting = in_turns([lambda build=build: rest(stage, full, build) for build in builds], DAEMON_ROUNDS)
    for what, key in ((f"trustd at rest, {listed}: resident memory", "resident"), ("  private part of it (RssAnon)", "anonymous")):
        show(table, what, [[found[key] for found in one] for one in resting], mebibytes)
    table.show(("what", "old", "new", "new / old", "CPU: new / old", "fastest: new / old", "spread", "runs"))


def in_turns(doings, rounds):
    """What each doing returns, `rounds` times; which one is first alternates, and a first round does not count."""
    results = [[] for _ in doings]
    for turn in range(rounds + 1):
        order = range(len(doings)) if turn % 2 else reversed(range(len(doings)))
        for index in order:
            result = doings[index]()
            if turn:
                results[index].append(result)
    return results


def show(table, what, results, unit):
    processor = ""
    if isinstance(results[0][0], Run):
        old, new = (median([run.processor_seconds for run in runs]) for runs in results)
        processor = f"{new / old:.3f}"
        results = [[run.seconds for run in runs] for runs in results]
    old, new = (median(values) for values in results)
    ordered = sorted(results[0])
    count = len(ordered)
    spread = (ordered[3 * count // 4] - ordered[count // 4]) / old if count > 3 else 0
    fastest = min(results[1]) / min(results[0])
    spread = f"±{spread / 2:.1%}" if count > 3 else ""
    table.row(what, unit(old), unit(new), f"{new / old:.3f}", processor, f"{fastest:.3f}", spread, str(count))


def mebibytes(value):
    return f"{value:.2f} MiB"


def peak(command):
    """The largest resident memory of a program that prints something, until its last output.

    (wait4(2) does not tell: it reports the memory of this process if that is larger.)
    """
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    # The program blocks at its first output, because the pipe is full.
    os.write(writer, b"\n" * 4096)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer, env=ENVIRONMENT)
    os.close(writer)
    status = Path(f"/proc/{process.pid}/status")
    largest, since, deadline = 0, time.monotonic(), time.monotonic() + 30
    # Until it has not grown for a twentieth of a second.
    while time.monotonic() < min(since + 0.05, deadline):
        time.sleep(0.005)
        if (now := peak_so_far(status)) > largest:
            largest, since = now, time.monotonic()
    while os.read(reader, 4096):
        largest = max(largest, peak_so_far(status))
    os.close(reader)
    if process.wait():
        raise SystemExit(f"bench: {' '.join(command)} ended with {process.returncode}")
    return largest / 1024


def peak_so_far(status):
    try:
        text = status.read_text()
    except OSError:
        return 0
    # A process that has ended, and is not waited for yet, has no memory.
    return int(text.split("VmHWM:")[1].split()[0]) if "VmHWM:" in text else 0


def read(site, build):
    os.sync()
    site.forget_position()
    return Run([build.trustd, "--once", "--config", str(site.configuration)])


def rest(stage, full, build):
    """What trustd needs once it has read the log of the full site and waits."""
    site = Site(stage, f"compare-rest-{time.monotonic_ns()}")
    shutil.copy(full.log, site.log)
    process = stage.start([build.trustd, "--config", str(site.configuration)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while sum(not name.startswith(".") for name in os.listdir(site.pending)) < ENTRIES:
        if time.monotonic() > deadline or process.poll() is not None:
            raise SystemExit("bench: trustd did not queue all entries")
        time.sleep(0.1)
    time.sleep(2)
    found = facts(process.pid)
    stage.stop(process)
    return found
