# Accidents: a kill, a hang, a rotation, a missing log folder, logs elsewhere.

before=$(pid)
# Only its main process: while that ends, systemd may be unable to list the others.
holds 'kill -9 of trustd succeeds' inside systemctl kill --kill-whom=main -s KILL trustd
holds 'trustd is restarted, and follows the log' eventually restarted "$before"
client bob
holds 'another client is refused' attempt bob 550
holds 'and is pending although trustd was killed' eventually lists pending CN=bob

printf '[Service]\nWatchdogSec=5\n' | into /run/systemd/system/trustd.service.d/watchdog.conf
inside systemctl daemon-reload
inside systemctl restart trustd
holds 'trustd runs with a watchdog of five seconds' eventually follows
before=$(pid)
inside kill -STOP "$before"
holds 'the watchdog ends a hung trustd, and it is restarted' eventually restarted "$before"
inside rm -r /run/systemd/system/trustd.service.d
inside systemctl daemon-reload

# logrotate's last run was days ago by its status file, and its timer fires now.
printf 'logrotate state -- version 2\n"/var/log/exim4/mainlog" 2026-1-1-0:0:0\n' | into /var/lib/logrotate/status
printf '[Timer]\nOnCalendar=*:*:0/2\nAccuracySec=100ms\nRandomizedDelaySec=0\n' | into /run/systemd/system/logrotate.timer.d/now.conf
inside systemctl daemon-reload
inside systemctl start logrotate.timer
inside systemctl restart logrotate.timer
holds 'logrotate'\''s own timer rotates the log' eventually inside test -e /var/log/exim4/mainlog.1
holds 'logrotate'\''s service has succeeded' inside sh -c 'systemctl show -p Result --value logrotate.service | grep -qx success'
inside rm -r /run/systemd/system/logrotate.timer.d
inside systemctl daemon-reload
client carol
holds 'a client after the rotation is refused' attempt carol 550
holds 'and pending' eventually lists pending CN=carol
holds 'trustd has continued in the new file' eventually inside sh -c 'trustctl status | grep -q "rotations [1-9]"'

# Exim is installed after trustd: its log folder does not exist when the sandbox is made.
inside mv /var/log/exim4 /var/log/exim4.away
inside systemctl restart trustd
holds 'without the log'\''s folder trustd waits' eventually inside sh -c \
    'systemctl status trustd | grep -q "waiting for /var/log/exim4/mainlog"'
says_in_the_journal() { inside journalctl -u trustd -o cat --no-pager | grep "$1"; }
holds 'and says so in the journal' eventually says_in_the_journal 'mainlog is not there'
inside mv /var/log/exim4.away /var/log/exim4
holds 'when the folder is there, doctor says that trustd does not see it' inside sh -c 'trustctl doctor --json | grep -q log-hidden'
status_tells() { grep 'does not see it' <<<"$(inside trustctl status 2>&1)"; }
holds 'status says the same' status_tells
before=$(pid)
inside dpkg-trigger --by-package=exim4-daemon-light /usr/sbin/exim4
holds 'installing Exim runs the package'\''s trigger' inside dpkg --configure --pending
holds 'the trigger restarts trustd, which follows the log' eventually restarted "$before"
holds 'doctor is silent' doctor_is_silent

# The shipped example for logs written by syslog.
inside sh -c 'echo "log = /var/log/mail.log" >>/etc/trustd/trustd.conf; cp /var/log/exim4/mainlog /var/log/mail.log
    chown root:adm /var/log/mail.log; chmod 0640 /var/log/mail.log'
inside systemctl restart trustd
waits_for_syslog() { inside systemctl status trustd | grep 'waiting for /var/log/mail.log'; }
holds 'trustd does not see a log beside other logs' eventually waits_for_syslog
inside sed -n 's/^#\([A-Z]\)/\1/; p' /usr/share/doc/trustd/examples/log-elsewhere.conf |
    grep -v '^BindReadOnlyPaths=' | into /etc/systemd/system/trustd.service.d/log.conf
inside systemctl daemon-reload
inside systemctl restart trustd
follows_syslog() { inside systemctl status trustd | grep 'following /var/log/mail.log'; }
holds 'with the shipped example it does' eventually follows_syslog
inside sh -c 'sed -i "/mail.log/d" /etc/trustd/trustd.conf; rm -r /etc/systemd/system/trustd.service.d /var/log/mail.log'
inside systemctl daemon-reload
inside systemctl restart trustd
holds 'without it, trustd follows Exim'\''s log again' eventually follows
