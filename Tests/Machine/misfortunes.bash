# What goes wrong without anybody's ill will: a kill, a hang, a rotation, a log's folder that is not there, logs elsewhere.

before=$(pid)
# Its main process alone: while that dies, the list of all the others may not be readable.
holds 'kill -9 of trustd' inside systemctl kill --kill-whom=main -s KILL trustd
holds 'it comes back and goes on' eventually restarted "$before"
client bob
holds 'another client is refused' attempt bob 550
holds 'and counted after the kill' eventually lists pending CN=bob

printf '[Service]\nWatchdogSec=5\n' | into /run/systemd/system/trustd.service.d/watchdog.conf
inside systemctl daemon-reload
inside systemctl restart trustd
holds 'with a watchdog of five seconds it runs' eventually follows
before=$(pid)
inside kill -STOP "$before"
holds 'a hung trustd is ended by the watchdog and comes back' eventually restarted "$before"
inside rm -r /run/systemd/system/trustd.service.d
inside systemctl daemon-reload

# logrotate believes that it was last here some days ago, and its timer runs now.
printf 'logrotate state -- version 2\n"/var/log/exim4/mainlog" 2026-1-1-0:0:0\n' | into /var/lib/logrotate/status
printf '[Timer]\nOnCalendar=*:*:0/2\nAccuracySec=100ms\nRandomizedDelaySec=0\n' | into /run/systemd/system/logrotate.timer.d/now.conf
inside systemctl daemon-reload
inside systemctl start logrotate.timer
inside systemctl restart logrotate.timer
holds 'logrotate'\''s own timer rotates the log' eventually inside test -e /var/log/exim4/mainlog.1
holds 'by its service' inside sh -c 'systemctl show -p Result --value logrotate.service | grep -qx success'
inside rm -r /run/systemd/system/logrotate.timer.d
inside systemctl daemon-reload
client carol
holds 'a client after the rotation is refused' attempt carol 550
holds 'and pending' eventually lists pending CN=carol
holds 'trustd has gone on in the new file' eventually inside sh -c 'trustctl status | grep -q "rotations [1-9]"'

# Exim comes after trustd: its folder is not there when the sandbox is made.
inside mv /var/log/exim4 /var/log/exim4.away
inside systemctl restart trustd
holds 'without the log'\''s folder trustd waits' eventually inside sh -c \
    'systemctl status trustd | grep -q "waiting for /var/log/exim4/mainlog"'
says_in_the_journal() { inside journalctl -u trustd -o cat --no-pager | grep "$1"; }
holds 'and says so in the journal, which it cannot read' eventually says_in_the_journal 'mainlog is not there'
inside mv /var/log/exim4.away /var/log/exim4
holds 'when it comes, doctor tells that trustd does not see it' inside sh -c 'trustctl doctor --json | grep -q log-hidden'
status_tells() { grep 'does not see it' <<<"$(inside trustctl status 2>&1)"; }
holds 'status too' status_tells
before=$(pid)
inside dpkg-trigger --by-package=exim4-daemon-light /usr/sbin/exim4
holds 'an Exim that is installed' inside dpkg --configure --pending
holds 'makes trustd start again and follow' eventually restarted "$before"
holds 'doctor is silent' doctor_is_silent

# The shipped example, for logs of syslog's.
inside sh -c 'echo "log = /var/log/mail.log" >>/etc/trustd/trustd.conf; cp /var/log/exim4/mainlog /var/log/mail.log
    chown root:adm /var/log/mail.log; chmod 0640 /var/log/mail.log'
inside systemctl restart trustd
waits_for_syslog() { inside systemctl status trustd | grep 'waiting for /var/log/mail.log'; }
holds 'a log beside others is not seen' eventually waits_for_syslog
inside sed -n 's/^#\([A-Z]\)/\1/; p' /usr/share/doc/trustd/examples/log-elsewhere.conf |
    grep -v '^BindReadOnlyPaths=' | into /etc/systemd/system/trustd.service.d/log.conf
inside systemctl daemon-reload
inside systemctl restart trustd
follows_syslog() { inside systemctl status trustd | grep 'following /var/log/mail.log'; }
holds 'with the shipped example it is' eventually follows_syslog
inside sh -c 'sed -i "/mail.log/d" /etc/trustd/trustd.conf; rm -r /etc/systemd/system/trustd.service.d /var/log/mail.log'
inside systemctl daemon-reload
inside systemctl restart trustd
holds 'and without it again Exim'\''s' eventually follows
