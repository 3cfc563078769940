"""Measures how long programs run, and summarises many measurements."""

import os
import statistics
import time

now = time.perf_counter
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/", "NO_COLOR": "1"}


class Run:
    """One run of a program, from before its start to after its end. Reads all its output from a pipe."""

    def __init__(self, arguments, expecting=(0,)):
        reader, writer = os.pipe()
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        errors = os.memfd_create("errors")
        actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, writer, 1), (os.POSIX_SPAWN_DUP2, errors, 2)]
        chunks = []
        start = now()
        child = os.posix_spawn(arguments[0], arguments, ENVIRONMENT, file_actions=actions)
        os.close(writer)
        while chunk := os.read(reader, 1 << 20):
            chunks.append(chunk)
        _, status, usage = os.wait4(child, 0)
        self.seconds = now() - start
        self.processor_seconds = usage.ru_utime + usage.ru_stime
        self.output = b"".join(chunks)
        os.close(reader)
        os.close(null)
        code = os.waitstatus_to_exitcode(status)
        if code not in expecting:
            raise SystemExit(f"bench: {' '.join(arguments)} ended with {code}: {os.pread(errors, 4096, 0).decode(errors='replace')}")
        os.close(errors)


def at(values, share):
    """A percentile: the smallest value that at least the given share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def median(values):
    return statistics.median(values)


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms" if abs(seconds) >= 0.01 else f"{seconds * 1000:.2f} ms"
