# The timers: numbers for node_exporter by a user of their own, the daily examination, the removal of what has expired.

holds 'none of the timers was enabled by the package' inside sh -c '! systemctl is-enabled --quiet trustctl-metrics.timer'
holds 'the timers can be enabled' inside systemctl enable --now trustctl-metrics.timer trustctl-doctor.timer trustctl-expire.timer trustctl-renewals.timer
holds 'the examination runs' inside systemctl start trustctl-doctor.service
holds 'the removal of expired certificates runs' inside systemctl start trustctl-expire.service
holds 'the numbers are written' inside systemctl start trustctl-metrics.service
numbers() { inside grep -xE "$1" /var/lib/trustd-metrics/trustd.prom; }
holds 'they can be read, the queue too' numbers 'trustctl_readable[{]part="queue"[}] 1'
holds 'trustd runs, by them' numbers 'trustd_running 1'
holds 'one certificate is approved, by them' numbers 'trustctl_approved 1'
holds 'the examination is among them' numbers 'trustctl_doctor_findings[{]severity="error"[}] 0'
holds 'the attack: their user cannot write into the ledger' inside sh -c '! runuser -u trustd-metrics -- touch /var/lib/trustctl/x'
holds 'the attack: nor into the queue' inside sh -c '! runuser -u trustd-metrics -G trustd -- touch /var/lib/trustd/pending/x'
holds 'status --check: OK' inside trustctl status --check

# Mail. Nobody is told until notify_to is set.
holds 'the timer of the mail can be enabled' inside systemctl enable --now trustctl-notify.timer
holds 'without notify_to nobody is told' told
make_mailbox postie
soon() { eventually "$@" || eventually "$@"; } # the timer comes every minute
holds 'a test mail is taken' inside trustctl notify --test
holds 'and delivered' eventually mail_says 'Subject: trustd: test'
client night
holds 'a new client comes at night' eventually attempt night 550
holds 'it waits' eventually lists pending "$(fingerprint night)"
holds 'its mail comes by the timer alone' soon mail_says '    "CN=night"'
holds 'with the command to type' mail_says '  type:  trustctl review'
holds 'in an envelope without a sender, by a user of its own' eventually inside sh -c 'grep " <= <> " /var/log/exim4/mainlog &&
    grep -x "Auto-Submitted: auto-generated" /var/mail/postie && [ "$(stat -c %U /var/lib/trustd-notify/told)" = trustd-notify ]'
before=$(mails)
holds 'a second run tells it not again' told
inside systemctl stop exim4
inside sh -c 'printf "trustctl-doctor 1\nTime: 2026-11-28T17:00:00Z\nFinding: 1 error made-up\nEnd\n" >/var/lib/trustctl/doctor'
untold() {
    ! told || { inside journalctl -u trustctl-notify -u exim4 --no-pager | tail -n 12; inside cat /var/lib/trustctl/doctor; inside trustctl notify --dry-run; return 1; }
}
# The next mail is due after notify_every.
sleep 2
holds 'while Exim is down the unit fails' untold
inside systemctl start exim4
holds 'and nothing is lost' soon mail_says '  made-up (2026-11-28T17:00:00Z)'
holds 'each was told once' [ "$(mails)" = $((before + 1)) ]
into /root/notify-attack <<'END'
as() { runuser -u trustd-notify -G trustd -- "$@"; }
for path in /var/lib/trustctl/x /var/lib/trustd/pending/x /etc/trustd/x; do
    if as touch "$path" 2>/dev/null; then echo "$path was written"; exit 1; fi
done
if as head -c 1 /var/log/exim4/mainlog || as ls /var/lib/trustctl/invitations/; then exit 1; fi
END
holds 'the attack: its user can write nothing of ours, and reads neither log nor invitation' inside sh /root/notify-attack
end_mailbox
holds 'the new client is forgotten' inside trustctl forget "$(fingerprint night)" --yes
holds 'the examination says again what is' inside systemctl start trustctl-doctor.service
