"""How long `trustctl doctor` takes with 100,000 approved certificates: with a macro and with a folder, by fingerprint and by directory."""

import os
import subprocess

from .ledgers import fill
from .stage import PrivateExim
from .table import Table
from .timing import Run, now

MANY = 100_000
ROUNDS = 3
# In seconds, after which a build is not waited for.
PATIENCE = 120


def _into_folder(exim, approved):
    folder = exim.site.folder / "approved"
    folder.mkdir()
    for digits in approved:
        os.close(os.open(folder / digits, os.O_CREAT | os.O_WRONLY, 0o644))
    exim.site.list.write_text(f"RELAY_FROM_CERTS = ${{lookup{{${{sha256:$tls_in_peercert}}}}dsearch,cache=no_rd{{{folder}}}}}\n")
    with exim.site.configuration.open("a") as file:
        file.write(f"approved = {folder}\n")


def measure(stage):
    table = Table(
        f"Doctor with {MANY:,} approved certificates",
        "Each has a decision of its own. With a directory none is installed there, which is one finding: an Exim with GnuTLS does not start"
        " within minutes where 100,000 are.")
    for what, way, form in (
        ("a list in a folder", "fingerprints", "folder"), ("a macro", "fingerprints", "macro"),
        ("a directory, and a list in a folder", "certificates", "folder"), ("a directory, and a macro", "certificates", "macro"),
    ):
        exim = PrivateExim(stage, f"doctor-{way}-{form}", rules=way)
        approved = fill(exim.site, MANY, MANY)
        if form == "folder":
            _into_folder(exim, approved)
        exim.reload()
        command = exim.site.command("doctor", "--json")
        # The first one makes the checkpoint.
        first = Run(command, expecting=(0, 1, 65, 78))
        found = sorted(set(part.split(b'"')[0].decode() for part in first.output.split(b'"id":"')[1:]))
        times = [Run(command, expecting=(0, 1, 65, 78)).seconds for _ in range(ROUNDS)]
        table.times(f"{what}; finds {', '.join(found) or 'nothing'}", times, goal="2 s")
        if stage.against and form == "macro":
            old = [f"{stage.against}/trustctl", *command[1:]]
            start = now()
            try:
                subprocess.run(old, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
                table.times(f"the other build: {what}", [now() - start])
            except subprocess.TimeoutExpired:
                table.row(f"the other build: {what}", f"not ended after {PATIENCE} s", "", "1", "", "")
        os.kill(exim.pid, 15)
    table.show()
