"""Waits by inotify(7) until a file appears."""

import ctypes
import os
import select
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_CREATE, _MOVED_TO = 0x100, 0x80


class Arrivals:
    """The names that appear in a folder."""

    def __init__(self, folder):
        self.descriptor = _libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if _libc.inotify_add_watch(self.descriptor, os.fsencode(folder), _CREATE | _MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), f"inotify: {folder}")

    def wait_for(self, name, seconds=10.0):
        name = name.encode()
        while select.select([self.descriptor], [], [], seconds)[0]:
            events = os.read(self.descriptor, 65_536)
            while events:
                length = struct.unpack_from("iIII", events)[3]
                if events[16 : 16 + length].rstrip(b"\0") == name:
                    return
                events = events[16 + length :]
        raise SystemExit(f"bench: {name.decode()} did not become pending within {seconds} seconds")
