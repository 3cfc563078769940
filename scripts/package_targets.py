"""The targets of Package.swift, for check-imports and draw-targets."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
# The privilege boundary: what two programs have in common. trustd has nothing of a fleet, and trustsync nothing that grants.
BOUNDARY = {
    ("trustctl", "trustd"): {"TrustCore"},
    ("trustctl", "trustsync"): {"TrustCore", "FleetCarrier"},
    ("trustd", "trustsync"): {"TrustCore"},
}
SHARED = set.union(*BOUNDARY.values())
PROGRAMS = {program for pair in BOUNDARY for program in pair}


class Targets:
    """What is shipped: everything but tests and what only tests use."""

    def __init__(self):
        environment = {name: value for name, value in os.environ.items() if name != "TRUSTD_FUZZ"}
        # In a build folder of its own, so that it need not wait for a build that is running.
        command = ["swift", "package", "--scratch-path", ".build/manifest", "dump-package"]
        package = json.loads(subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, check=True).stdout)
        shipped = {
            target["name"]: target
            for target in package["targets"]
            if target["type"] != "test" and not (target.get("path") or "").startswith("Tests/")
        }
        # Every dependency is an object with one key and a list that begins with the name.
        self.imports = {
            name: {next(iter(one.values()))[0] for one in target["dependencies"]} & shipped.keys() for name, target in shipped.items()
        }
        self.folders = {name: target.get("path") or f"Sources/{name}" for name, target in shipped.items()}
        self.c_modules = {name for name, folder in self.folders.items() if not any((PROJECT / folder).rglob("*.swift"))}
        self.programs = {name for name, target in shipped.items() if target["type"] == "executable"}

    def owner(self, file):
        """The target of a source file, by its path from the project's folder: a target may lie in another one's folder."""
        return max((name for name, folder in self.folders.items() if file.startswith(folder + "/")), key=lambda name: len(self.folders[name]))

    def reached(self, name):
        """The project's Swift targets that `name` imports, directly or through others."""
        found, left = set(), [name]
        while left:
            for target in self.imports[left.pop()] - found - self.c_modules:
                found.add(target)
                left.append(target)
        return found

    def sides(self):
        """Each program with its targets, without the shared ones. Ends this program if the privilege boundary has a hole."""
        if self.programs != PROGRAMS:
            sys.exit(f"Package.swift: the programs are {', '.join(sorted(self.programs))}, and not {', '.join(sorted(PROGRAMS))}")
        sides = {program: self.reached(program) | {program} for program in self.programs}
        for (one, other), allowed in BOUNDARY.items():
            if (shared := sides[one] & sides[other]) != allowed:
                names = " and ".join(", ".join(sorted(some)) for some in (allowed, shared))
                sys.exit(f"Package.swift: the privilege boundary: {one} and {other} must share the first of these, and share the second: {names}")
        return {program: targets - SHARED for program, targets in sides.items()}
