"""How long `trustctl list` takes with 1,000 pending certificates."""

import base64
import hashlib
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from .log_lines import attempt, fingerprint
from .stage import Site, find
from .table import Table
from .timing import Run

ENTRIES = 1000
ROUNDS = 30
GOAL = "under 50 ms"


def certificates(folder):
    """Self-signed P-256 certificates in DER, each with its own key and subject."""
    try:
        return [_made_here(index) for index in range(ENTRIES)]
    except ImportError:
        pass

    def made_by_openssl(index):
        path = folder / f"{index}.der"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365", "-subj",
             f"/O=Example/CN=client{index}.example", "-addext", f"subjectAltName=DNS:client{index}.example", "-keyout", "/dev/null",
             "-outform", "DER", "-out", path],
            check=True, stderr=subprocess.DEVNULL)  # fmt: skip
        return path.read_bytes()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(made_by_openssl, range(ENTRIES)))


def _made_here(index):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, f"client{index}.example")]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    begin = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin, begin + timedelta(days=365))
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"client{index}.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


def fill(site, ders=None):
    """Fills the queue as in production: trustd reads a log."""
    with open(site.log, "wb") as log:
        for index in range(ENTRIES):
            if ders:
                digits = hashlib.sha256(ders[index]).hexdigest().upper()
                log.write(attempt(digits, certificate=base64.b64encode(ders[index]).decode()))
            else:
                log.write(attempt(fingerprint()))
    Run(site.once)
    if len(list(site.pending.iterdir())) != ENTRIES:
        raise SystemExit("bench: trustd did not queue all entries")


def measure(stage):
    folder = stage.folder / "list-certificates"
    folder.mkdir()
    ders = certificates(folder)
    with_, without, none = Site(stage, "list-with"), Site(stage, "list-without"), Site(stage, "list-none")
    fill(with_, ders)
    fill(without)
    one = folder / "one.der"
    one.write_bytes(ders[0])
    cat = find("cat")
    commands = {
        "with": with_.command("list"),
        "without": without.command("list"),
        "json": without.command("list", "--json"),
        "none": none.command("list"),
        "cat with": [cat, *map(str, with_.pending.iterdir())],
        "cat without": [cat, *map(str, without.pending.iterdir())],
        "openssl": [find("openssl"), "x509", "-inform", "DER", "-in", str(one), "-noout", "-subject"],
    }
    if stage.against:
        commands["old"] = [f"{stage.against}/trustctl", *commands["with"][1:]]
    times = {name: [] for name in commands}
    for name in ("with", "without"):
        if Run(commands[name]).output.count(b"  seen once") != ENTRIES:
            raise SystemExit("bench: the list does not show all entries")
    for _ in range(ROUNDS):
        for name, command in commands.items():
            times[name].append(Run(command).seconds)

    size = sum(map(len, ders)) // ENTRIES
    table = Table(f"List of {ENTRIES:,} pending", f"Certificates: P-256, self-signed, {size} bytes each on average.")
    table.times("with certificates", times["with"], ("cat", times["cat with"]), GOAL)
    if stage.against:
        table.times("the other build: with certificates", times["old"], ("cat", times["cat with"]), GOAL)
    table.times("without certificates", times["without"], ("cat", times["cat without"]), GOAL)
    table.times("without certificates, `--json`", times["json"], ("cat", times["cat without"]))
    table.times("empty queue: the start of the program", times["none"])
    table.times("`cat` of the same files, with certificates", times["cat with"])
    table.times("`cat` of the same files, without certificates", times["cat without"])
    table.times("for scale: `openssl x509 -subject` of one certificate", times["openssl"])
    table.show()
