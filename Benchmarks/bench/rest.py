"""CPU and memory of trustd while nothing happens."""

import base64
import os
import subprocess
import time
from pathlib import Path

from .listing import ENTRIES
from .log_lines import attempt, fingerprint, spread_new
from .stage import Site
from .table import Table
from .timing import ENVIRONMENT

SECONDS = 20
GIBIBYTE = 1 << 30


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
    certificate = base64.b64encode(os.urandom(466)).decode()
    pending = b"".join(attempt(fingerprint(), certificate=certificate) for _ in range(ENTRIES))
    long_log = stage.folder / "rest-long"
    spread_new(long_log, GIBIBYTE, GIBIBYTE // 16, "recipe", ENTRIES)
    processes = {}
    for name, trustd in stage.builds().items():
        empty, full, long = (Site(stage, f"rest-{kind}-{name.split()[0]}") for kind in ("empty", "full", "long"))
        full.log.write_bytes(pending)
        long.log.unlink()
        os.link(long_log, long.log)
        processes[f"{name}, nothing pending"] = empty.follow(trustd)
        processes[f"{name}, {ENTRIES:,} pending, read just before"] = full.follow(trustd)
        processes[f"{name}, 1 GiB read just before, {ENTRIES:,} certificates in it"] = long.follow(trustd)
        deadline = time.monotonic() + 120
        for site in (full, long):
            while sum(not name.startswith(".") for name in os.listdir(site.pending)) < ENTRIES:
                if time.monotonic() > deadline:
                    raise SystemExit("bench: trustd did not queue all entries")
                time.sleep(0.1)
    tailed = stage.folder / "tailed-at-rest"
    tailed.touch()
    processes["`tail -F`"] = stage.start(["tail", "-n0", "-F", str(tailed)], stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    time.sleep(3)
    before = {name: facts(process.pid) for name, process in processes.items()}
    time.sleep(SECONDS)
    table = Table(
        "At rest",
        f"Over {SECONDS} seconds. Goals: no CPU time; at most 7.5 MiB resident, 9 MiB after a gibibyte, of it 1 MiB private.",
    )
    for name, process in processes.items():
        first, last = before[name], facts(process.pid)
        table.row(
            name,
            str(last["ticks"] - first["ticks"]),
            f"{(last['nanoseconds'] - first['nanoseconds']) / 1e6:.2f} ms",
            str(last["switches"] - first["switches"]),
            f"{last['resident']:.1f} MiB",
            f"{last['anonymous']:.2f} MiB",
        )
        stage.stop(process)
    table.show(("what", "CPU ticks", "CPU time", "context switches", "resident", "private (RssAnon)"))
    long_log.unlink()
