#!/bin/sh
# promtool and prometheus-client of Debian 12: a counter in valid OpenMetrics text is two metrics to whoever reads the older text format, and
# one of them is empty.
#
# OpenMetrics 1.0 declares a counter under its name without "_total", and its sample bears "_total". The older format (0.0.4), which
# node_exporter's textfile collector and `promtool check metrics` read, wants the same name in both places. The texts look so alike that one
# is easily taken for the other, even "# EOF" passes as a comment; but the sample loses its help and its type, and nothing is refused but by
# the lint's complaint about a help text that is there:
#
#     # HELP queue_lines Lines that were read.
#     # TYPE queue_lines counter
#     queue_lines_total 3
#     # EOF
#
# Seen with prometheus 2.42.0+ds-5+deb12u1 and python3-prometheus-client 0.16.0-0.1:
#
#     $ promtool check metrics <open.txt; echo $?
#     queue_lines_total no help text
#     3
#     parsed as 0.0.4:        queue_lines counter 0 samples, queue_lines_total unknown 1 samples
#     parsed as OpenMetrics:  queue_lines counter 1 samples
#
# So a program that writes for both must write two texts. Needs apt, python3 and the Debian 12 archive; ends with 0 while they behave so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download prometheus=2.42.0+ds-5+deb12u1 python3-prometheus-client=0.16.0-0.1 >/dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
printf '# HELP queue_lines Lines that were read.\n# TYPE queue_lines counter\nqueue_lines_total 3\n# EOF\n' >open.txt

status=0
root/usr/bin/promtool check metrics <open.txt >lint 2>&1 || status=$?
cat lint
echo "status $status"
PYTHONPATH=root/usr/lib/python3/dist-packages python3 -B - >parsed <<'END'
from prometheus_client.openmetrics import parser as new
from prometheus_client import parser as old
text = open("open.txt").read()
for name, parser in ("0.0.4", old), ("OpenMetrics", new):
    families = parser.text_string_to_metric_families(text)
    print(name + ":", ", ".join(f"{family.name} {family.type} {len(family.samples)} samples" for family in families))
END
cat parsed

[ "$status" = 3 ]
[ "$(cat lint)" = 'queue_lines_total no help text' ]
[ "$(cat parsed)" = '0.0.4: queue_lines counter 0 samples, queue_lines_total unknown 1 samples
OpenMetrics: queue_lines counter 1 samples' ]
