"""How much longer `trustctl approve` takes than the Exim commands that every change needs."""

import os

from .line import until_synchronized
from .log_lines import attempt, fingerprint
from .stage import EXIM, PrivateExim
from .table import Table
from .timing import Run, at, median, milliseconds, now

ROUNDS = 60


def measure(stage):
    exim = PrivateExim(stage)
    wanted = [fingerprint() for _ in range(ROUNDS + 1)]
    exim.site.log.write_bytes(b"".join(attempt(digits) for digits in wanted))
    Run(exim.site.once)
    exim_with = [EXIM, "-C", str(exim.configuration)]
    approve, bare, check, ask, reload, disk = [], [], [], [], [], []

    def bare_commands():
        start = now()
        Run([*exim_with, "-bV"])
        checked = now()
        Run([*exim_with, "-bP", "macro", "RELAY_FROM_CERTS"])
        asked = now()
        end = exim.reload()
        for times, seconds in ((check, checked - start), (ask, asked - checked), (reload, end - asked), (bare, end - start)):
            times.append(seconds)

    Run(exim.site.command("approve", "--yes", wanted.pop()))
    for turn, digits in enumerate(wanted):
        for what in (0, 1) if turn % 2 else (1, 0):
            if what:
                bare_commands()
            else:
                approve.append(Run(exim.site.command("approve", "--yes", digits)).seconds)
        disk.append(until_synchronized(exim.site.state / "synchronized"))
    # Makes sure that each approval took effect.
    macro = Run([*exim_with, "-bP", "macro", "RELAY_FROM_CERTS"]).output.decode()
    if not all(digits in macro for digits in wanted):
        raise SystemExit("bench: an approved fingerprint is not in Exim's list")

    table = Table("Approve", "One pending fingerprint, with a real Exim that has a server certificate.")
    added = [one - other for one, other in zip(approve, bare)]
    table.times("`trustctl approve --yes`", approve, ("the bare commands", bare))
    table.times("the three bare commands, one after the other", bare)
    table.times("  `exim -bV`", check)
    table.times("  `exim -bP macro`", ask)
    table.times("  HUP until a new socket greets", reload)
    table.row("difference in each round", milliseconds(median(added)), milliseconds(at(added, 0.99)), str(len(added)), "", "under 30 ms")
    table.times("for scale: one small file and fsync on the same disk; approve needs several", disk)
    table.show()
    os.kill(exim.pid, 15)
