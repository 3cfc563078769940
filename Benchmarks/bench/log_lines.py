"""Log lines as Exim writes them."""

import base64
import random
import secrets
import time

PHRASE = "Attempt to relay from a certificate which has not been explicitly allowed: "
_addresses = 0


def stamp(moment=None):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def fingerprint():
    return secrets.token_hex(32).upper()


def address():
    """An address that this run has not used yet."""
    global _addresses
    _addresses += 1
    return f"10.{_addresses >> 16}.{_addresses >> 8 & 255}.{_addresses & 255}"


def attempt(digits, moment=None, certificate=None):
    """The line that the rules in etc/exim write."""
    end = f" {certificate}" if certificate else ""
    return f"{stamp(moment)} {PHRASE}{digits} [{address()}]{end}\n".encode()


def rejection(when, origin, number=1, verified="yes"):
    """The line that Exim writes behind the recipe's one."""
    return (
        f"{when} H=(client{number}.example) [{origin}] X=TLS1.3:ECDHE_X25519__ECDSA_SECP256R1_SHA256__AES_256_GCM:256"
        f" CV={verified} F=<user{number}@client.example> rejected RCPT <someone@remote.example>: relay not permitted\n"
    )


def spread_new(path, size, part, form, count):
    """Writes the log of a busy relay in which `count` certificates, each of them once, are spread evenly."""
    write_busy_log(path, part, form, sightings_per_million=0)
    busy = path.read_bytes()
    gap, place = size // count, 0
    with open(path, "wb") as log:
        for number in range(count):
            if place + gap > len(busy):
                place = 0
            lines = busy[place : busy.rindex(b"\n", place, place + gap) + 1]
            place += len(lines)
            log.write(lines)
            when, origin = lines[lines.rindex(b"\n", 0, -1) + 1 :][:19].decode(), address()
            certificate = base64.b64encode(secrets.token_bytes(466)).decode()
            end, verified = (f" [{origin}] {certificate}", "no") if form == "ours" else ("", "yes")
            log.write(f"{when} {PHRASE}{fingerprint()}{end}\n{rejection(when, origin, number, verified)}".encode())


def write_busy_log(path, size, form, sightings_per_million=800, certificates=200):
    """Writes the log of a busy relay: messages arrive, are delivered and completed, and now and then a client is refused.

    `form` is "ours" for the rules in etc/exim (trust by fingerprint), or "recipe" for the published recipe. Returns the number of attempts.
    """
    dice = random.Random(1)
    known = [(fingerprint(), address(), base64.b64encode(dice.randbytes(466)).decode()) for _ in range(certificates)]
    moment = 1_700_000_000
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    written = sightings = 0
    with open(path, "w", encoding="ascii") as log:
        while written < size:
            lines = []
            for _ in range(10_000):
                moment += dice.random() < 0.2
                number = dice.randrange(100_000)
                when = stamp(moment)
                # A round writes three lines.
                if dice.random() * 1e6 < sightings_per_million * 3:
                    sightings += 1
                    digits, origin, certificate = dice.choice(known)
                    end, verified = (f" [{origin}] {certificate}", "no") if form == "ours" else ("", "yes")
                    lines.append(
                        f"{when} {PHRASE}{digits}{end}\n"
                        f"{rejection(when, origin, number, verified)}"
                    )
                    continue
                message = "-".join("".join(dice.choices(letters, k=length)) for length in (6, 6, 2))
                host = f"sender{number % 977}.example"
                lines.append(
                    f"{when} {message} <= user{number}@{host} H=mail{number % 31}.{host} [198.51.100.{number % 250 + 1}] P=esmtps"
                    f" X=TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256 CV=no S={number + 900} id={number:x}.{moment:x}@{host}\n"
                    f"{when} {message} => user{number % 89}@relay.example R=local_user T=maildir_home\n"
                    f"{when} {message} Completed\n"
                )
            text = "".join(lines)
            log.write(text)
            written += len(text)
    return sightings
