"""How many sightings a second trustd can read: of known certificates, of new ones, and in an attacker's flood."""

import os

from .log_lines import PHRASE, fingerprint, stamp
from .stage import Site, find
from .table import Table
from .timing import Run, median

ROUNDS = 5
MILLION = 1_000_000
PENDING = 10_000
CLIENTS = 200


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


KINDS = (
    ("known, one line in ten", _known, MILLION, "500,000/s"),
    ("new, one line in ten, up to max_pending", _new, PENDING, "20,000/s"),
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
        times, peers = [], []
        for _ in range(ROUNDS):
            os.sync()
            site.forget_position()
            times.append(Run(site.once).seconds)
            peers.append(Run(grep).seconds)
        entries = list(site.pending.iterdir())
        counted = sum(
            int(line.split()[1]) for file in entries for line in file.read_text().splitlines() if line.startswith("Sightings:")
        )
        if counted != (PENDING if lines is _distinct else sightings) or len(entries) > PENDING:
            raise SystemExit(f"bench: {name}: {counted} sightings in {len(entries)} entries")
        seconds = median(times)
        table.row(name, f"{seconds:.2f} s", f"{sightings / seconds:,.0f}/s", f"{seconds / median(peers):.1f} × grep", goal)
        site.log.unlink()
    table.show(("what", "median", "sightings", "ratio of medians", "goal"))
