"""Ledgers and lists as trustctl writes them, with as many decisions as wanted. `trustctl history --verify` finds them intact."""

import base64
import hashlib
import json

DAY = "2026-11-22"


def _line(number, action, subject, previous, list_change, reason=None):
    minute, second = divmod(number % 3600, 60)
    moment = f"{DAY}T{number // 3600 % 24:02}:{minute:02}:{second:02}Z"
    entry = {
        "action": action,
        "done": moment,
        "fingerprints": [subject],
        "id": f"{moment}-{number}-{number * 2654435761 % 4294967296}",
        "list": list_change,
        "number": number,
        "operator": {"login": "root", "login_uid": 0, "uid": 0},
        "time": moment,
        "version": 1,
    }
    if previous:
        entry["previous"] = previous
    if reason:
        entry["reason"] = reason
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _subject(digits, before, after, label, der):
    evidence = {"addresses": ["192.0.2.17"], "first_seen": f"{DAY}T00:00:00Z", "last_seen": f"{DAY}T00:00:01Z", "sightings": 3}
    if der:
        evidence |= {"certificate": base64.b64encode(der).decode(), "source": "log"}
    subject = {"after": after, "before": before, "evidence": evidence, "fingerprint": digits}
    return subject | {"label": label} if after == "approved" else subject


def digits_of(index):
    return hashlib.sha256(b"client %d" % index).hexdigest().upper()


def list_text(named):
    """The list as trustctl leaves it, with `named`: pairs of digits and label."""
    lines = [f"  # {label}, approved {DAY} by root\n  {digits}" for digits, label in named]
    return ("RELAY_FROM_CERTS =" + "".join((" : \\\n" if index else " \\\n") + line for index, line in enumerate(lines)) + "\n").encode()


def fill(site, decisions, approved, ders={}):
    """Writes `decisions` lines into the ledger of `site`, of which the last `approved` are in force, and the list and the seal that belong
    to them. With `ders`, by the client's number, these certificates are the evidence, and their digests are taken. Returns who is approved."""
    previous, number, lines, current = None, 0, [], []
    path = str(site.list)
    gone = (decisions - approved) // 2
    # The digests of lists in between do not matter to anybody.
    change = {"after": "0" * 64, "before": "0" * 64, "path": path}

    def append(action, subject):
        nonlocal previous, number
        number += 1
        line = _line(number, action, subject, previous, change)
        previous = hashlib.sha256(line).hexdigest().upper()
        lines.append(line)

    for index in range(gone):
        der = ders.get(index)
        digits = hashlib.sha256(der).hexdigest().upper() if der else digits_of(index)
        append("approve", _subject(digits, "pending", "approved", f"client {index}", der))
        append("revoke", _subject(digits, "approved", "none", None, der))
    for index in range(gone, gone + decisions - 2 * gone):
        der = ders.get(index)
        digits = hashlib.sha256(der).hexdigest().upper() if der else digits_of(index)
        current.append((digits, f"client {index}"))
        if len(current) == decisions - 2 * gone:
            text = list_text(current)
            change = change | {"after": hashlib.sha256(text).hexdigest().upper()}
        append("approve", _subject(digits, "pending", "approved", f"client {index}", der))
    if not current:
        text = list_text(())
    ledger = site.folder / "ledger"
    (ledger / "ledger").write_bytes(b"".join(line + b"\n" for line in lines))
    seal = f"{number:020} {previous}"
    (ledger / "lock").write_text(f"{seal} {hashlib.sha256(seal.encode()).hexdigest().upper()[:16]}\n")
    (ledger / "lock").chmod(0o600)
    site.list.write_bytes(text)
    return [digits for digits, _ in current]
