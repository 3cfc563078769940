"""One recipient of a client that comes by a CA, and of one that comes by the list in a folder, by number of clients."""

import os
import shutil
import subprocess

from .growth import RECIPIENTS, recipients
from .ledgers import digits_of
from .stage import PrivateExim
from .table import Table

SIZES = (10, 100_000)
ROUNDS = 25


class Relay:
    """An Exim that lets in by both ways: by the folder of approved fingerprints, and by a CA with as many revoked clients."""

    def __init__(self, stage, size):
        self.size = size
        self.exim = PrivateExim(stage, f"authority-{size}", rules="ca")
        self.folder = self.exim.folder
        settings = self.folder / "etc"
        self.ca = self.make("ca", "/CN=trustd relay CA 0123456789abcdef", "basicConstraints=critical,CA:TRUE,pathlen:0")
        name = subprocess.run(
            ["openssl", "x509", "-in", self.ca, "-noout", "-subject_hash"], check=True, capture_output=True, text=True).stdout.strip()
        for part in ("authority", "revoked", "issued", "approved"):
            (settings / part).mkdir()
        with open(self.ca) as both:
            text = both.read()
        (settings / "authority" / f"{name}.0").write_text(text[text.index("-----BEGIN CERTIFICATE"):])
        self.own = self.make("own", "/CN=own", "basicConstraints=critical,CA:FALSE")
        self.issued = self.issue()
        digest = subprocess.run(
            ["openssl", "x509", "-in", self.own, "-noout", "-fingerprint", "-sha256"], check=True, capture_output=True, text=True).stdout
        for index in range(size):
            for part in ("approved", "revoked"):
                os.close(os.open(settings / part / digits_of(index), os.O_CREAT | os.O_WRONLY, 0o644))
        os.close(os.open(settings / "approved" / digest.split("=")[1].strip().replace(":", ""), os.O_CREAT | os.O_WRONLY, 0o644))
        self.exim.site.list.write_text(
            f"RELAY_FROM_CERTS = ${{lookup{{${{sha256:$tls_in_peercert}}}}dsearch,cache=no_rd{{{settings}/approved}}}}\n")
        self.exim.reload()

    def make(self, name, subject, extension):
        """A self-signed certificate with its key, in one file."""
        path = self.folder / f"{name}.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", subject,
             "-addext", extension, "-keyout", path, "-out", f"{path}.crt"],
            check=True, stderr=subprocess.DEVNULL)  # fmt: skip
        with open(path, "a") as both, open(f"{path}.crt") as certificate:
            shutil.copyfileobj(certificate, both)
        return path

    def issue(self):
        path = self.folder / "issued.pem"
        subprocess.run(
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=issued",
             "-keyout", path, "-out", f"{path}.csr"],
            check=True, stderr=subprocess.DEVNULL)  # fmt: skip
        subprocess.run(
            ["openssl", "x509", "-req", "-in", f"{path}.csr", "-CA", self.ca, "-days", "2", "-out", f"{path}.crt"],
            check=True, stderr=subprocess.DEVNULL)
        with open(path, "a") as both, open(f"{path}.crt") as certificate:
            shutil.copyfileobj(certificate, both)
        return path


def measure(stage):
    table = Table(
        "One recipient, by a CA and by the list in a folder",
        f"Connections of {RECIPIENTS} recipients of one client, {ROUNDS} of each kind in turns, with one Exim that has both ways. The CA's has as many "
        "revoked clients as the folder has approved ones.")
    relays = [Relay(stage, size) for size in SIZES]
    times = {}
    for _ in range(ROUNDS):
        for relay in relays:
            for way, certificate in (("by the folder", relay.own), ("by the CA", relay.issued)):
                first, *rest = recipients(relay.exim.port, certificate)
                times.setdefault((relay.size, way, "first"), []).append(first)
                times.setdefault((relay.size, way, "each"), []).extend(rest)
    for relay in relays:
        for kind, words in (("first", "the first recipient"), ("each", "each further one")):
            folder = times[relay.size, "by the folder", kind]
            table.times(f"{relay.size:,} clients: {words}, by the folder", folder, goal="0.25 ms")
            table.times("  the same, by the CA", times[relay.size, "by the CA", kind], ("the folder", folder), goal="0.25 ms")
        os.kill(relay.exim.pid, 15)
    table.show()
