"""fail2ban and mtail, configured to look for the same line. Each one is measured if it is installed (Debian: fail2ban, mtail)."""

import json
import re
import socket

from .log_lines import PHRASE
from .stage import find

_FAILREGEX = rf"^\s*{PHRASE}<F-ID>[0-9A-F]{{64}}</F-ID>(?: \[<ADDR>\].*)?$"


class Mtail:
    """Counts lines and exports the number to Prometheus."""

    name = "mtail"

    def __init__(self, folder):
        self.program = find("mtail")
        self.progs = folder / "mtail"
        self.progs.mkdir()
        (self.progs / "attempts.mtail").write_text(f"counter attempts\n/{PHRASE}[0-9A-F]+/ {{\n  attempts++\n}}\n")

    def scan(self, log):
        return [self.program, "-logtostderr", "-one_shot", "-progs", str(self.progs), "-logs", str(log)]

    @staticmethod
    def counted(output):
        metrics = json.loads(output[output.index(b"{") :])["attempts"]
        return sum(label["Value"]["Value"] for metric in metrics for label in metric["LabelValues"])

    def follow(self, log):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        return [
            self.program, "-logtostderr", "-address", "127.0.0.1", "-port", str(port), "-progs", str(self.progs), "-logs", str(log)
        ]


class Fail2ban:
    """Finds lines and bans addresses; here its jail has no action."""

    name = "fail2ban"

    def __init__(self, folder):
        self.program = find("fail2ban-server")
        self.regex = find("fail2ban-regex")
        self.folder = folder / "fail2ban"
        (self.folder / "filter.d").mkdir(parents=True)

    def scan(self, log):
        return [self.regex, "--usedns=no", "--print-no-missed", str(log), _FAILREGEX]

    @staticmethod
    def counted(output):
        return int(re.search(rb"(\d+) matched", output)[1])

    def follow(self, log):
        (self.folder / "fail2ban.conf").write_text(
            f"[Definition]\nloglevel = WARNING\nlogtarget = {self.folder}/log\nsyslogsocket = auto\nsocket = {self.folder}/socket\n"
            f"pidfile = {self.folder}/pid\ndbfile = None\ndbpurgeage = 1d\ndbmaxmatches = 10\nallowipv6 = auto\n"
        )
        (self.folder / "jail.conf").write_text(
            f"[DEFAULT]\nbantime = 60\nfindtime = 600\nmaxretry = 1000000\nbackend = auto\nusedns = no\n[relay]\nenabled = true\n"
            f"filter = relay\nlogpath = {log}\naction =\n"
        )
        (self.folder / "filter.d" / "relay.conf").write_text(f"[Definition]\nfailregex = {_FAILREGEX}\n")
        return [self.program, "-x", "-f", "-c", str(self.folder), "start"]


def present(folder):
    return [peer(folder) for peer, program in ((Mtail, "mtail"), (Fail2ban, "fail2ban-regex")) if find(program)]
