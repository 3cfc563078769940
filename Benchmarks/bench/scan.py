"""trustd compared with programs that parse every line. The log is shorter, since they are slow."""

import os

from .log_lines import PHRASE, write_busy_log
from .peers import present
from .stage import Site, find
from .table import Table
from .timing import Run, median

SIZE = 8 << 20
ROUNDS = 5


def measure(stage):
    site = Site(stage, "scan")
    expected = write_busy_log(site.log, SIZE, "ours", sightings_per_million=10_000)
    peers = present(site.folder)
    commands = {"trustd": site.once, "grep": [find("grep"), "-F", "-c", PHRASE, str(site.log)]}
    commands.update({peer.name: peer.scan(site.log) for peer in peers})
    times = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            os.sync()
            site.forget_position()
            run = Run(command)
            times[name].append(run.seconds)
            for peer in peers:
                if name == peer.name and peer.counted(run.output) != expected:
                    raise SystemExit(f"bench: {name} counts {peer.counted(run.output)} lines instead of {expected}")
    table = Table("Compared with programs that parse every line", f"{SIZE >> 20} MiB, {expected} sightings; starts included.")
    speed = {name: f"{SIZE / median(seconds) / 1e6:,.0f} MB/s" for name, seconds in times.items()}
    names = {"trustd": "`trustd --once`", "grep": "`grep -F -c`", "mtail": "`mtail -one_shot`", "fail2ban": "`fail2ban-regex`"}
    for name, what in names.items():
        if name in times:
            table.times(what, times[name], None if name == "trustd" else ("trustd", times["trustd"]), speed[name])
    table.show(("what", "median", "99th percentile", "runs", "ratio of medians", "speed"))
