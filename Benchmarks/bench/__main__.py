"""Runs the benchmarks that are named, in a temporary folder that is removed afterwards."""

import os
import platform
import signal
import subprocess
import sys
import time

from . import approve, authority, catch_up, compare, doctor, fleet, flood, growth, line, listing, load, rest, scale, scan
from .stage import EXIM, Stage, find

BENCHMARKS = {
    "compare": compare, "line": line, "approve": approve, "list": listing, "rest": rest, "load": load, "catch-up": catch_up, "scan": scan, "flood": flood, "scale": scale,
    "doctor": doctor, "growth": growth, "authority": authority, "fleet": fleet,
}


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def describe_machine(stage):
    print(f"## {time.strftime('%Y-%m-%d')}, {len(os.sched_getaffinity(0))} cores, {platform.machine()}\n")
    disk = first_line("stat", "--file-system", "--format=%T", str(stage.folder))
    versions = [
        f"Linux {platform.release().partition('-')[0]}",
        f"state on {disk}",
        first_line("swift", "--version"),
        first_line(EXIM, "--version"),
        first_line("tail", "--version"),
        first_line("grep", "--version"),
        first_line("rg", "--version") if find("rg") else "rg not installed",
        first_line("mtail", "--version") if find("mtail") else "mtail not installed",
        first_line("fail2ban-server", "--version") if find("fail2ban-server") else "fail2ban not installed",
        first_line("openssl", "version"),
        f"load before {os.getloadavg()[0]:.1f}",
    ]
    print("; ".join(version for version in versions if version) + ".", flush=True)


def main():
    # `against` is empty unless two builds are compared.
    programs, against, *names = sys.argv[1:]
    if unknown := [name for name in names if name not in BENCHMARKS]:
        sys.exit(f"bench: no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if "compare" in names and not against:
        sys.exit("bench: compare needs another build: --against FOLDER")
    # A signal ends the run through `finally`.
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    stage = Stage(programs)
    stage.against = against
    try:
        describe_machine(stage)
        for name, benchmark in BENCHMARKS.items():
            if name in names or not names and (against or benchmark is not compare):
                benchmark.measure(stage)
        print(f"Load afterwards: {os.getloadavg()[0]:.1f}.")
    finally:
        stage.clear()


main()
