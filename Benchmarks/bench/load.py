"""CPU and memory of trustd while a very busy relay writes 10,000 lines a second."""

import os
import subprocess
import time
from pathlib import Path

from .log_lines import write_busy_log
from .peers import present
from .stage import Site, find
from .table import Table
from .timing import ENVIRONMENT

LINES_PER_SECOND = 10_000
SECONDS = 10
STEP = 0.01
TICK = os.sysconf("SC_CLK_TCK")


def _ticks(pid):
    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return int(stat[11]) + int(stat[12])


def _peak(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _write(log, lines):
    """Writes at an even pace. Lines that are late are written immediately."""
    start = time.monotonic()
    with open(log, "ab", buffering=0) as file:
        for number in range(0, len(lines), int(LINES_PER_SECOND * STEP)):
            due = start + number / LINES_PER_SECOND
            if (pause := due - time.monotonic()) > 0:
                time.sleep(pause)
            file.write(b"".join(lines[number : number + int(LINES_PER_SECOND * STEP)]))


def measure(stage):
    site = Site(stage, "load")
    expected_log = site.folder / "lines"
    write_busy_log(expected_log, SECONDS * LINES_PER_SECOND * 200, "ours")
    lines = expected_log.read_bytes().splitlines(keepends=True)[: SECONDS * LINES_PER_SECOND]
    followers = {"trustd": [stage.trustd, "--config", str(site.configuration)]}
    followers.update({peer.name: peer.follow(site.log) for peer in present(site.folder)})
    followers["`tail -F`"] = [find("tail"), "-n0", "-F", str(site.log)]
    table = Table(
        f"Under {LINES_PER_SECOND:,} lines a second",
        f"The same lines for {SECONDS} seconds, one program after the other. CPU: of the whole process, until two seconds after the last"
        " line. At rest: over the five seconds before the first one.",
    )
    for name, command in followers.items():
        site.log.write_bytes(b"")
        site.forget_position()
        process = stage.start(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        time.sleep(4)
        before = _ticks(process.pid)
        time.sleep(5)
        rest = _ticks(process.pid) - before
        before = _ticks(process.pid)
        _write(site.log, lines)
        time.sleep(2)
        used = _ticks(process.pid) - before
        late = _ticks(process.pid)
        time.sleep(1)
        if process.poll() is not None:
            raise SystemExit(f"bench: {name} has ended")
        busy = "" if _ticks(process.pid) - late < TICK // 4 else "; still busy"
        table.row(
            name, f"{rest / TICK / 5:.1%}", f"{used / TICK / SECONDS:.1%}{busy}",
            f"{_peak(process.pid):.1f} MiB",
        )
        stage.stop(process)
    table.show(("what", "CPU at rest, of one core", "CPU under load, of one core", "largest resident memory"))
