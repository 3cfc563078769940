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
