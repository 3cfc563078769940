"""How fast trustd reads a long log, compared with the fastest search programs."""

import os
import shutil

from .log_lines import PHRASE, write_busy_log
from .stage import Site, find
from .table import Table
from .timing import Run, median

PART = 64 << 20
# One gibibyte if the disk has room for it.
PARTS = 16
ROUNDS = 7


def measure(stage):
    for form, name in (("ours", "the line of etc/exim"), ("recipe", "the published recipe's line")):
        measure_one(stage, form, name)


def measure_one(stage, form, name_of_form):
    site = Site(stage, f"catch-up-{form}")
    expected = write_busy_log(site.log, PART, form)
    parts = PARTS if shutil.disk_usage(site.folder).free > 4 * PARTS * PART else 4
    part = site.log.read_bytes()
    with open(site.log, "ab") as log:
        for _ in range(parts - 1):
            log.write(part)
    expected *= parts
    size = os.path.getsize(site.log)
    commands = {"trustd": site.once, "grep": [find("grep"), "-F", "-c", PHRASE, str(site.log)]}
    if rg := find("rg"):
        commands["rg"] = [rg, "-F", "-c", PHRASE, str(site.log)]
        commands["rg read"] = [rg, "--no-mmap", "-F", "-c", PHRASE, str(site.log)]
    commands["cat"] = [find("cat"), str(site.log)]
    times = {name: [] for name in commands}
    with open(site.log, "rb") as log:
        while log.read(1 << 20):
            pass
    for _ in range(ROUNDS):
        for name, command in commands.items():
            # So that the disk is not still writing the previous program's files.
            os.sync()
            if name == "trustd":
                site.forget_position()
            run = Run(command)
            times[name].append(run.seconds)
            if name in ("grep", "rg", "rg read") and int(run.output) != expected:
                raise SystemExit(f"bench: {name} counts {int(run.output)} lines instead of {expected}")
    counted = sum(
        int(line.split()[1]) for file in site.pending.iterdir() for line in file.read_text().splitlines() if line.startswith("Sightings:")
    )
    if counted != expected:
        raise SystemExit(f"bench: trustd counts {counted} sightings instead of {expected}")

    table = Table(
        f"Catch-up, {name_of_form}",
        f"{size / (1 << 20):.0f} MiB in the page cache, {expected} sightings of {len(list(site.pending.iterdir()))} certificates;"
        " each run queues all of them again. The other programs only count the lines.",
    )
    speed = {name: f"{size / median(seconds) / 1e9:.1f} GB/s" for name, seconds in times.items()}
    table.times("`trustd --once`", times["trustd"], ("grep", times["grep"]), speed["trustd"])
    if rg:
        table.times("  the same, compared with rg", times["trustd"], ("rg", times["rg"]), "")
        table.times("`rg -F -c`", times["rg"], ("grep", times["grep"]), speed["rg"])
        table.times("`rg --no-mmap -F -c`", times["rg read"], ("grep", times["grep"]), speed["rg read"])
    table.times("`grep -F -c`", times["grep"], None, speed["grep"])
    table.times("for scale: `cat` into a pipe", times["cat"], None, speed["cat"])
    table.show(("what", "median", "99th percentile", "runs", "ratio of medians", "speed"))
    site.log.unlink()
