"""How fast trustd reads a long log, compared with the fastest search programs."""

import os
import re
import shutil

from .log_lines import PHRASE, spread_new, write_busy_log
from .stage import Site, find
from .table import Table
from .timing import Run, median, now

PART = 64 << 20
# One gibibyte if the disk has room for it.
PARTS = 16
ROUNDS = 7
KNOWN = 100
NEW = 1_000

FORMS = (("ours", "the line of etc/exim"), ("recipe", "the published recipe's line"))


def measure(stage):
    for form, name in FORMS:
        site = Site(stage, f"catch-up-{form}")
        measure_one(site, f"Catch-up, {name}", *write_known(site, form))
    for form, name in FORMS:
        site = Site(stage, f"catch-up-new-{form}")
        measure_one(site, f"Catch-up, {NEW:,} new certificates, {name}", *write_new(site, form))


def parts(site):
    return PARTS if shutil.disk_usage(site.folder).free > 4 * PARTS * PART else 4


def write_known(site, form):
    """Returns how many attempts there are, and of how many certificates."""
    expected = write_busy_log(site.log, PART, form, certificates=KNOWN)
    part = site.log.read_bytes()
    known = len(set(re.findall(rb"allowed: ([0-9A-F]{64})", part)))
    count = parts(site)
    with open(site.log, "ab") as log:
        for _ in range(count - 1):
            log.write(part)
    return expected * count, known


def write_new(site, form):
    spread_new(site.log, PART * parts(site), PART, form, NEW)
    return NEW, NEW


def measure_one(site, title, expected, certificates):
    size = os.path.getsize(site.log)
    builds = site.stage.builds()
    commands = {name: site.once_by(trustd) for name, trustd in builds.items()}
    commands["grep"] = [find("grep"), "-F", "-c", PHRASE, str(site.log)]
    if rg := find("rg"):
        commands["rg"] = [rg, "-F", "-c", PHRASE, str(site.log)]
        commands["rg read"] = [rg, "--no-mmap", "-F", "-c", PHRASE, str(site.log)]
    commands["cat"] = [find("cat"), str(site.log)]
    times = {name: [] for name in (*commands, "files")}
    with open(site.log, "rb") as log:
        while log.read(1 << 20):
            pass
    for turn in range(ROUNDS):
        for name in list(commands) if turn % 2 else reversed(list(commands)):
            # So that the disk is not still writing the previous program's files.
            os.sync()
            if name in builds:
                site.forget_position()
            run = Run(commands[name])
            times[name].append(run.seconds)
            if name in ("grep", "rg", "rg read") and int(run.output) != expected:
                raise SystemExit(f"bench: {name} counts {int(run.output)} lines instead of {expected}")
            if name in builds:
                check(site, name, expected, certificates)
        times["files"].append(make_files(site, certificates))

    table = Table(
        title,
        f"{size / (1 << 20):.0f} MiB in the page cache, {expected} sightings of {certificates} certificates;"
        " each run queues all of them again. The other programs only count the lines.",
    )
    speed = {name: f"{size / median(seconds) / 1e9:.1f} GB/s" for name, seconds in times.items()}
    for name in builds:
        table.times(f"`{name} --once`", times[name], ("grep", times["grep"]), speed[name])
        if rg:
            table.times("  the same, compared with rg", times[name], ("rg", times["rg"]), "")
    if rg:
        table.times("`rg -F -c`", times["rg"], ("grep", times["grep"]), speed["rg"])
        table.times("`rg --no-mmap -F -c`", times["rg read"], ("grep", times["grep"]), speed["rg read"])
    table.times("`grep -F -c`", times["grep"], None, speed["grep"])
    table.times("for scale: `cat` into a pipe", times["cat"], None, speed["cat"])
    table.times(f"for scale: a loop that makes {certificates:,} such files, without a sync", times["files"], None, "")
    table.show(("what", "median", "99th percentile", "runs", "ratio of medians", "speed"))
    site.log.unlink()


def check(site, name, expected, certificates):
    entries = site.entries()
    if site.sightings() != expected or len(entries) != certificates:
        raise SystemExit(f"bench: {name} counts {site.sightings()} sightings in {len(entries)} entries instead of {expected}")
    # Either the line has the address, or the rejection behind it.
    if not all(any(line.startswith(("Address:", "Addresses:", "Observed-Address:")) for line in entry) for entry in entries):
        raise SystemExit(f"bench: {name} leaves out an address")


def make_files(site, count):
    """What a plain program needs for as many files as large, each with a draft and its name."""
    folder = site.folder / f"files-{now()}"
    folder.mkdir()
    text = b"x" * 900
    start = now()
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for number in range(count):
        draft, name = f".new-{number:064X}", f"{number:064X}"
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640, dir_fd=directory)
        os.write(file, text)
        os.close(file)
        os.rename(draft, name, src_dir_fd=directory, dst_dir_fd=directory)
    os.close(directory)
    seconds = now() - start
    shutil.rmtree(folder)
    return seconds
