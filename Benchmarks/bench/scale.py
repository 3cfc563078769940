"""What a ledger of 100,000 decisions, and a list of 100,000, cost."""

import shutil

from .compare import peak
from .ledgers import fill
from .log_lines import attempt, fingerprint
from .stage import EXIM, PrivateExim, Site
from .table import Table
from .timing import Run, median, now

MANY = 100_000
APPROVED = 10
ROUNDS = 20
LISTS = 7


def _decide(stage, exim, decisions, rounds):
    """Times of approve, of revoke and of the bare Exim commands, in turns, with a ledger of so many decisions and ten approved."""
    ledger = exim.site.folder / "ledger"
    for name in ("checkpoint", "known"):
        path = ledger / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    fill(exim.site, decisions, APPROVED)
    exim.reload()
    wanted = [fingerprint() for _ in range(rounds + 1)]
    exim.site.log.write_bytes(b"".join(attempt(digits) for digits in wanted))
    exim.site.forget_position()
    Run(exim.site.once)
    ask = [EXIM, "-C", str(exim.configuration), "-bP", "macro", "RELAY_FROM_CERTS"]
    approve, revoke, bare = [], [], []
    # The first one makes the checkpoint.
    Run(exim.site.command("approve", "--yes", wanted[0]))
    Run(exim.site.command("revoke", "--yes", wanted.pop(0)))
    for digits in wanted:
        approve.append(Run(exim.site.command("approve", "--yes", digits)).seconds)
        revoke.append(Run(exim.site.command("revoke", "--yes", digits)).seconds)
        start = now()
        Run(ask)
        exim.reload()
        Run(ask)
        bare.append(now() - start)
    return approve, revoke, bare


def measure(stage):
    against = stage.against
    table = Table(
        f"A ledger of {MANY:,} decisions",
        f"{APPROVED} approved, a real Exim. The bare commands are `exim -bP macro`, HUP until a new socket greets, `exim -bP macro`.")
    exim = PrivateExim(stage, name="scale")
    few, few_revoked, bare = _decide(stage, exim, APPROVED, ROUNDS)
    many, many_revoked, _ = _decide(stage, exim, MANY, ROUNDS)
    table.times(f"`approve --yes`, {APPROVED} decisions", few, ("the bare commands", bare), "1.15 × the bare commands")
    table.times(f"`approve --yes`, {MANY:,} decisions", many, (f"{APPROVED} decisions", few), "1.3 ×")
    table.times(f"`revoke --yes`, {APPROVED} decisions", few_revoked)
    table.times(f"`revoke --yes`, {MANY:,} decisions", many_revoked, (f"{APPROVED} decisions", few_revoked), "1.3 ×")
    table.times("the bare commands", bare)
    if against:
        digits = fingerprint()
        old = [f"{against}/trustctl", *exim.site.command("approve", "--yes", digits)[1:]]
        table.times(f"the other build: `approve --yes`, {MANY:,} decisions", [Run(old).seconds], (f"{APPROVED} decisions", few))
    table.show()

    site = Site(stage, "scale-list")
    fill(site, MANY, MANY)
    lists = Table(f"A list of {MANY:,}", "Its ledger has as many decisions. The first list makes the checkpoint, and is not counted.")
    command = site.command("list", "--state", "approved")
    if Run(command).output.count(b"approved 2026") != MANY:
        raise SystemExit("bench: the list does not show all that are approved")
    lists.times("`list --state approved`", [Run(command).seconds for _ in range(LISTS)], goal="0.4 s")
    lists.row("  largest resident memory", f"{median([peak(command) for _ in range(3)]):.1f} MiB", "", "3", "", "64 MiB")
    one = site.command("show", fingerprint_of(site))
    lists.times("`show` of one", [Run(one).seconds for _ in range(LISTS)])
    verify = site.command("history", "--verify")
    lists.times("`history --verify`, which reads all", [Run(verify).seconds for _ in range(3)])
    if against:
        old = [f"{against}/trustctl", *command[1:]]
        lists.times("the other build: `list --state approved`", [Run(old).seconds for _ in range(3)])
        lists.row("  largest resident memory", f"{peak(old):.1f} MiB", "", "1", "", "")
    lists.show()


def fingerprint_of(site):
    """The first in its list."""
    return next(line.strip(" :\\") for line in site.list.read_text().splitlines() if len(line.strip(" :\\")) == 64)
