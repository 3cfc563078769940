"""CPU and memory of trustd while nothing happens."""

import base64
import os
import subprocess
import time
from pathlib import Path

from .listing import ENTRIES
from .log_lines import attempt, fingerprint
from .stage import Site
from .table import Table
from .timing import ENVIRONMENT

SECONDS = 20


def facts(pid):
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return {
        "ticks": int(stat[11]) + int(stat[12]),
        "nanoseconds": int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]),
        "switches": int(status["voluntary_ctxt_switches"]) + int(status["nonvoluntary_ctxt_switches"]),
        "resident": int(status["VmRSS"].split()[0]) / 1024,
        "anonymous": int(status["RssAnon"].split()[0]) / 1024,
    }


def measure(stage):
    empty, full = Site(stage, "rest"), Site(stage, "rest-full")
    certificate = base64.b64encode(os.urandom(466)).decode()
    full.log.write_bytes(b"".join(attempt(fingerprint(), certificate=certificate) for _ in range(ENTRIES)))
    tailed = stage.folder / "rest" / "tailed"
    tailed.touch()
    processes = {
        "trustd, nothing pending": empty.follow(),
        f"trustd, {ENTRIES:,} pending, read just before": full.follow(),
        "`tail -F`": stage.start(["tail", "-n0", "-F", str(tailed)], stdout=subprocess.DEVNULL, env=ENVIRONMENT),
    }
    deadline = time.monotonic() + 30
    while sum(not name.startswith(".") for name in os.listdir(full.pending)) < ENTRIES:
        if time.monotonic() > deadline:
            raise SystemExit("bench: trustd did not queue all entries")
        time.sleep(0.1)
    time.sleep(3)
    before = {name: facts(process.pid) for name, process in processes.items()}
    time.sleep(SECONDS)
    table = Table("At rest", f"Over {SECONDS} seconds. Goals: no CPU time, under 12 MB resident.")
    for name, process in processes.items():
        first, last = before[name], facts(process.pid)
        table.row(
            name,
            str(last["ticks"] - first["ticks"]),
            f"{(last['nanoseconds'] - first['nanoseconds']) / 1e6:.2f} ms",
            str(last["switches"] - first["switches"]),
            f"{last['resident']:.1f} MiB",
            f"{last['anonymous']:.1f} MiB",
        )
        stage.stop(process)
    table.show(("what", "CPU ticks", "CPU time", "context switches", "resident", "private (RssAnon)"))
