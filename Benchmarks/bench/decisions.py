"""A fleet's decisions in any number, signed by ssh-keygen, and in packs. `trustctl fleet verify` finds them good."""

import hashlib
import re
import subprocess
from pathlib import Path

from .ledgers import digits_of

DAY = "2026-11-22"
# As many files as one ssh-keygen takes.
BATCH = 2_000
# Bytes of a pack.
LARGEST = 4 << 20


class Signer:
    """A fleet of its own, with its first decision in a pack, and its admin's key."""

    def __init__(self, folder, trustctl):
        self.folder, self.key, self.pack = folder, f"{folder}/root", f"{folder}/first.pack"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "root@safe", "-f", self.key], check=True)
        subprocess.run([trustctl, "fleet", "init", "bench-mail", "--key", f"{self.key}.pub", "--output", self.pack], check=True, capture_output=True)
        first = Path(self.pack).read_bytes()
        heading, rest = first.split(b"\n", 1)
        self.first = rest[: int(heading.split()[1])]
        self.genesis = digest(self.first)

    def chain(self, count):
        """As many decisions, each on the one before; of ten, six approve a certificate and four take one of these away again. Pairs of text
        and signature."""
        parent, texts, approved, names = self.genesis, [], [], 0
        for serial in range(2, count + 2):
            heading = (
                f"trust-decision 1\nFleet: bench-mail {self.genesis}\nSerial: {serial}\nParent: {parent}\nTime: {DAY}T00:00:00Z\n"
                "Signer: root@safe\n\n")
            if serial % 10 < 6:
                digits, names = digits_of(names), names + 1
                block = f"Fingerprint: {digits}\nAfter: approved\nLabel: client {names}\n"
            else:
                digits, by = approved.pop(0)
                block = f"Fingerprint: {digits}\nAfter: none\nReplaces: {by}\n"
            text = (heading + block).encode()
            parent = digest(text)
            if b"approved" in text:
                approved.append((digits, parent))
            texts.append(text)
        self.approved = len(approved)
        for start in range(0, len(texts), BATCH):
            yield from self._sign(texts[start : start + BATCH])

    def _sign(self, texts):
        files = [self.folder / f"text-{number}" for number in range(len(texts))]
        for file, text in zip(files, texts):
            file.write_bytes(text)
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", self.key, "-n", "trust-decision", *map(str, files)], check=True, stderr=subprocess.DEVNULL)
        for file, text in zip(files, texts):
            signature = Path(f"{file}.sig")
            yield text, signature.read_bytes()
            signature.unlink()
            file.unlink()


def digest(text):
    return hashlib.sha256(text).hexdigest().upper()


def packs(records):
    """Packs of at most 4 MiB."""
    pack = b""
    for text, signature in records:
        record = b"trust-record %d %d\n" % (len(text), len(signature)) + text + signature
        if len(pack) + len(record) > LARGEST:
            yield pack
            pack = b""
        pack += record
    if pack:
        yield pack


def text_of(record):
    """The text in a file with one record."""
    heading, rest = record.split(b"\n", 1)
    if not re.fullmatch(rb"trust-record \d+ \d+", heading):
        raise SystemExit("bench: no record")
    return rest[: int(heading.split()[1])]
