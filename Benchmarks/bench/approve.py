"""How much longer `trustctl approve` takes than the Exim commands that every change needs."""

import os

from .line import until_synchronized
from .log_lines import attempt, fingerprint
from .stage import EXIM, PrivateExim
from .table import Table
from .timing import Run, at, median, milliseconds, now

ROUNDS = 60
APPROVED = 10
# The journal and its folder, the candidate, the exchanged list's folder, the ledger's line, its folder, and the seal.
SYNCS = 7


class Relay:
    """An Exim whose list trustctl of one build changes, with some certificates approved before."""

    def __init__(self, stage, name, trustctl):
        self.exim = PrivateExim(stage, f"approve-{name}")
        self.trustctl = trustctl
        self.wanted = [fingerprint() for _ in range(ROUNDS + APPROVED)]
        self.exim.site.log.write_bytes(b"".join(attempt(digits) for digits in self.wanted))
        Run(self.exim.site.once)
        Run(self.command(*self.wanted[ROUNDS:]))
        self.times = []

    def command(self, *digits):
        return [self.trustctl, *self.exim.site.command("approve", "--yes", *digits)[1:]]

    def ask(self):
        return Run([EXIM, "-C", str(self.exim.configuration), "-bP", "macro", "RELAY_FROM_CERTS"])

    def approve(self, turn):
        self.times.append(Run(self.command(self.wanted[turn])).seconds)

    def end(self):
        """Makes sure that each approval took effect."""
        macro = self.ask().output.decode()
        if not all(digits in macro for digits in self.wanted):
            raise SystemExit("bench: an approved fingerprint is not in Exim's list")
        os.kill(self.exim.pid, 15)


def measure(stage):
    relays = {"trustctl": Relay(stage, "new", stage.trustctl)}
    if stage.against:
        relays["old trustctl"] = Relay(stage, "old", f"{stage.against}/trustctl")
    new = relays["trustctl"]
    bare, check, ask, reload, needed, disk, begin, floor = [], [], [], [], [], [], [], []

    def bare_commands():
        start = now()
        Run([EXIM, "-C", str(new.exim.configuration), "-bV"])
        checked = now()
        new.ask()
        asked = now()
        end = new.exim.reload()
        greeted = now()
        new.ask()
        for times, seconds in (
            (check, checked - start), (ask, asked - checked), (reload, end - asked), (bare, end - start),
            (needed, end - checked + now() - greeted),
        ):
            times.append(seconds)
        begin.append(Run([stage.trustctl, "--version"]).seconds)
        disk.append(until_synchronized(new.exim.site.state / "synchronized"))
        written = now()
        for _ in range(SYNCS):
            until_synchronized(new.exim.site.state / "synchronized")
        floor.append(begin[-1] + checked - start + needed[-1] + now() - written)

    for turn in range(ROUNDS):
        work = [bare_commands, *(lambda relay=relay: relay.approve(turn) for relay in relays.values())]
        for one in work if turn % 2 else reversed(work):
            one()
    for relay in relays.values():
        relay.end()

    table = Table("Approve", f"One pending fingerprint, {APPROVED} approved at the start, with a real Exim that has a server certificate.")
    needs = "`-bP macro`, HUP until it greets, `-bP macro`"
    for name, relay in relays.items():
        table.times(f"`{name} approve --yes`", relay.times, (needs, needed), "1.15 ×")
    added = [one - other for one, other in zip(new.times, bare)]
    table.times("the commands of the ratio", needed)
    table.times(f"a floor: these, `-bV`, a start of trustctl that does nothing, {SYNCS} synced files", floor, (needs, needed))
    table.times("  `trustctl --version`", begin)
    table.times("`-bV`, `-bP macro`, HUP until it greets", bare)
    table.times("  `exim -bV`", check)
    table.times("  `exim -bP macro`", ask)
    table.times("  HUP until a new socket greets", reload)
    table.row("difference to these in each round", milliseconds(median(added)), milliseconds(at(added, 0.99)), str(len(added)), "", "under 30 ms")
    table.times("for scale: one small file and fsync on the same disk; approve needs several", disk)
    table.show()
