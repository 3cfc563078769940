"""How many sightings a second trustd can read: of known certificates, of new ones, and in an attacker's flood."""

import os

from .log_lines import PHRASE, fingerprint, rejection, stamp
from .stage import Site, find
from .table import Table
from .timing import Run, median

ROUNDS = 5
MILLION = 1_000_000
PENDING = 10_000
CLIENTS = 200
PAIRS = 400_000


def _attempt(when, digits, number):
    return f"{when} {PHRASE}{digits} [10.{number >> 16}.{number >> 8 & 255}.{number & 255}]\n"


def _between(when):
    return f"{when} 1vMtqj-0001ab-XY => user@relay.example R=local_user T=maildir_home\n" * 9


def _known(when):
    clients = [(fingerprint(), number) for number in range(CLIENTS)]
    for number in range(MILLION):
        yield _attempt(when, *clients[number % CLIENTS]) + _between(when)


def _new(when):
    for number in range(PENDING):
        yield _attempt(when, fingerprint(), number) + _between(when)


def _distinct(when):
    for number in range(MILLION):
        yield _attempt(when, fingerprint(), number)


def _repeats(when):
    digits = fingerprint()
    for _ in range(MILLION):
        yield _attempt(when, digits, 1)


def _recipe(when):
    """Many clients at once, without pids: each rejection may be that of the attempt before it."""
    clients = [(fingerprint(), number) for number in range(CLIENTS)]
    for number in range(PAIRS):
        digits, client = clients[number % CLIENTS]
        yield f"{when} {PHRASE}{digits}\n{rejection(when, f'10.1.0.{client}', client)}"


KINDS = (
    ("known, one line in ten", _known, MILLION, "500,000/s"),
    ("new, one line in ten, up to max_pending", _new, PENDING, "20,000/s"),
    ("flood of the recipe's lines, each with its rejection", _recipe, PAIRS, ""),
    ("flood, all fingerprints different", _distinct, MILLION, "100,000/s"),
    ("flood, all fingerprints the same", _repeats, MILLION, "100,000/s"),
)


def measure(stage):
    table = Table("Floods", "Complete runs of `trustd --once`, including its start and all syncs. grep only counts the lines.")
    for name, lines, sightings, goal in KINDS:
        site = Site(stage, f"flood-{lines.__name__}")
        with open(site.log, "w", encoding="ascii") as log:
            log.writelines(lines(stamp()))
        grep = [find("grep"), "-F", "-c", PHRASE, str(site.log)]
        builds = stage.builds()
        times, peers = {build: [] for build in builds}, []
        for _ in range(ROUNDS):
            for build, trustd in builds.items():
                os.sync()
                site.forget_position()
                times[build].append(Run(site.once_by(trustd)))
                entries, counted = len(site.entries()), site.sightings()
                if counted != (PENDING if lines is _distinct else sightings) or entries > PENDING:
                    raise SystemExit(f"bench: {build}, {name}: {counted} sightings in {entries} entries")
            peers.append(Run(grep).seconds)
        for build, runs in times.items():
            seconds, processor = median([run.seconds for run in runs]), median([run.processor_seconds for run in runs])
            table.row(
                name if build == "trustd" else f"  {build}", f"{seconds:.2f} s", f"{processor:.2f} s", f"{sightings / seconds:,.0f}/s",
                f"{seconds / median(peers):.1f} × grep", goal)
        site.log.unlink()
    table.show(("what", "median", "processor time", "sightings", "ratio of medians", "goal"))
