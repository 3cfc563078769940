"""What one more client costs when there are many: decisions, recipients, lists and the doctor, by number of approved certificates and by form."""

import hashlib
import os
import re
import socket
import ssl
import subprocess

from . import plot
from .compare import peak
from .ledgers import fill
from .log_lines import attempt, fingerprint
from .stage import EXIM, PROJECT, PrivateExim
from .table import Table
from .timing import Run, median, now

SIZES = {"folder": (10, 1_000, 100_000, 1_000_000), "macro": (10, 1_000, 10_000, 100_000)}
ROUNDS = 20
RECIPIENTS = 200


class Relay:
    """An Exim with so many approved certificates, of which one is ours."""

    def __init__(self, stage, form, size):
        self.form, self.size = form, size
        self.exim = PrivateExim(stage, f"{form}-{size}")
        self.site = site = self.exim.site
        self.certificate = site.folder / "client.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=client",
             "-keyout", self.certificate, "-out", f"{self.certificate}.crt"],
            check=True, stderr=subprocess.DEVNULL)  # fmt: skip
        pem = open(f"{self.certificate}.crt").read()
        self.certificate.write_text(self.certificate.read_text() + pem)
        der = ssl.PEM_cert_to_DER_cert(pem)
        approved = fill(site, size, size, {0: der})
        if form == "folder":
            folder = site.folder / "approved"
            folder.mkdir()
            for digits in approved:
                os.close(os.open(folder / digits, os.O_CREAT | os.O_WRONLY, 0o644))
            site.list.write_text(
                f"RELAY_FROM_CERTS = ${{lookup{{${{sha256:$tls_in_peercert}}}}dsearch,cache=no_rd{{{folder}}}}}\n")
            with site.configuration.open("a") as file:
                file.write(f"approved = {folder}\n")
        self.exim.reload()
        self.wanted = [fingerprint() for _ in range(ROUNDS + 1)]
        site.log.write_bytes(b"".join(attempt(digits) for digits in self.wanted))
        Run(site.once)
        self.approve, self.revoke = [], []
        # The first one makes the checkpoint.
        self.decide(self.wanted.pop())
        self.approve.clear()
        self.revoke.clear()

    def decide(self, digits):
        self.approve.append(Run(self.site.command("approve", "--yes", digits)).seconds)
        self.revoke.append(Run(self.site.command("revoke", "--yes", digits)).seconds)

    def recipients(self):
        return recipients(self.exim.port, self.certificate)


def recipients(port, certificate):
    """How long each recipient takes, in one connection of the client that may relay. The file holds its key and its certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(certificate)
    with socket.create_connection(("127.0.0.1", port), timeout=60) as plain:
        def say(channel, line):
            channel.sendall(line + b"\r\n")
            return answer(channel)
        answer(plain)
        say(plain, b"EHLO client.example")
        say(plain, b"STARTTLS")
        with context.wrap_socket(plain) as channel:
            say(channel, b"EHLO client.example")
            say(channel, b"MAIL FROM:<a@client.example>")
            times = []
            for number in range(RECIPIENTS):
                start = now()
                code = say(channel, b"RCPT TO:<b%d@remote.example>" % number)
                times.append(now() - start)
                if not code.startswith(b"250"):
                    raise SystemExit(f"bench: the client is refused: {code!r}")
            say(channel, b"QUIT")
    return times


def answer(channel):
    text = b""
    while not re.search(rb"(?m)^\d{3} .*\r\n\Z", text):
        part = channel.recv(4096)
        if not part:
            raise SystemExit("bench: exim closed the connection")
        text += part
    return text.splitlines()[-1]


def measure(stage):
    table = Table(
        "Cost by number of approved certificates",
        "By fingerprint, each certificate with a decision of its own. `exim -bP macro` and `exim -be` are what a decision about a list in a "
        "folder needs of Exim, with four files and their folder synced; a macro needs `exim -bP macro`, HUP until it greets, and "
        "`exim -bP macro`. All sizes of a form take turns.")
    lists = Table("Looking, by number of approved certificates", "`list --state approved` and `doctor`.")
    curves = {}
    for form, sizes in SIZES.items():
        relays = []
        for size in sizes:
            relays.append(Relay(stage, form, size))
        bare = {relay.size: [] for relay in relays}
        floor = {relay.size: [] for relay in relays}
        for _ in range(ROUNDS):
            for relay in relays:
                relay.decide(relay.wanted.pop())
                bare[relay.size].append(bare_commands(relay))
                # Each change asks Exim before and after it, and trustctl has to start.
                begin = Run([stage.trustctl, "--version"]).seconds
                floor[relay.size].append(bare[relay.size][-1] + begin + (Run(ask(relay)).seconds if form == "folder" else 0))
        first = relays[0]
        for relay in relays:
            named = f"{form}, {relay.size:,}"
            base = ("with 10", first.approve) if relay is not first else ("the bare commands", bare[relay.size])
            table.times(f"{named}: `approve --yes`", relay.approve, base)
            base = ("with 10", first.revoke) if relay is not first else ("the bare commands", bare[relay.size])
            table.times(f"{named}: `revoke --yes`", relay.revoke, base)
            memory = peak(relay.site.command("approve", "--yes", relay.wanted[0] if relay.wanted else fingerprint()))
            table.row("  largest resident memory of approve", f"{memory:.1f} MiB", "", "1", "", "")
            table.times("  the bare commands", bare[relay.size])
            table.times("  a floor: these, a start of trustctl, and in a folder `-bP` once more", floor[relay.size])
            rcpt = relay.recipients()
            table.times("  one recipient of an approved client", rcpt)
            list_command = relay.site.command("list", "--state", "approved")
            listing = [Run(list_command).seconds for _ in range(3)]
            lists.times(f"{named}: list", listing)
            lists.row("  largest resident memory", f"{peak(list_command):.1f} MiB", "", "1", "", "")
            doctor = Run(relay.site.command("doctor"), expecting=(0, 1, 65, 78)).seconds
            lists.times(f"{named}: doctor", [doctor])
            for what, value in (("approve", relay.approve), ("revoke", relay.revoke), ("one recipient", rcpt), ("list", listing)):
                curves.setdefault(f"{what}, {form}", []).append((relay.size, median(value) * 1000))
        for relay in relays:
            os.kill(relay.exim.pid, 15)
    table.show()
    lists.show()
    plot.write(PROJECT / "docs" / "pictures" / "growth.svg", curves)


def ask(relay):
    return [EXIM, "-C", str(relay.exim.configuration), "-bP", "macro", "RELAY_FROM_CERTS"]


def bare_commands(relay):
    exim = relay.exim
    start = now()
    Run(ask(relay))
    if relay.form == "macro":
        exim.reload()
        Run(ask(relay))
        return now() - start
    folder = relay.site.folder / "approved"
    Run([EXIM, "-C", str(exim.configuration), "-be", f"${{lookup{{{'0' * 64}}}dsearch,cache=no_rd{{{folder}}}{{yes}}{{no}}}}"])
    # As many files as a decision writes: the journal, the name, the ledger's line and the seal.
    for number in range(4):
        path = relay.site.folder / f"synced-{number}"
        with open(path, "wb") as file:
            file.write(b"x" * 500)
            os.fsync(file.fileno())
        parent = os.open(relay.site.folder, os.O_RDONLY)
        os.fsync(parent)
        os.close(parent)
        path.unlink()
    return now() - start
