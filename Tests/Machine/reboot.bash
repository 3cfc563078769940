# A reboot; and a power failure in the middle of an approve and of a revoke, when the list is exchanged and Exim has not read it yet.

client frank
holds 'a client is refused before the reboot' attempt frank 550
holds 'and pending' eventually lists pending CN=frank
holds 'an invitation is made, and nobody waits for its guest' inside sh -c 'trustctl invite --detach >/dev/null'
invitation=$(inside ls /var/lib/trustctl/invitations | grep -v '\.')
reboot
holds 'after the reboot trustd follows' eventually follows
holds 'Exim runs' eventually inside systemctl is-active exim4
holds 'alice still relays' eventually attempt alice 250
holds 'frank is still pending' lists pending CN=frank
holds 'the timer of the invitation runs' eventually inside systemctl is-active --quiet trustctl-admit.timer
holds 'the invitation is cancelled' inside trustctl invite --cancel "$invitation"
holds 'and its timer ends' eventually not inside systemctl is-active --quiet trustctl-admit.timer

hold_reload() { # Exim's unit takes a minute to reload, until the next boot
    printf '[Service]\nExecReload=\nExecReload=/bin/sleep 60\n' | into /run/systemd/system/exim4.service.d/slow.conf
    inside systemctl daemon-reload
}
listed() { inside grep -q "$1" /etc/trustd/relay_from_certs; }
in_the_middle() { # in_the_middle HOW FINGERPRINT: the list is exchanged, and the ledger has no line of it
    inside test -s /var/lib/trustctl/journal || return 1
    if [ "$1" = approve ]; then listed "$2"; else not listed "$2"; fi
}
cut_in() { # cut_in approve|revoke FINGERPRINT
    hold_reload
    inside trustctl "$1" "$2" --yes >"$work/cut" 2>&1 &
    local command=$!
    holds "$1: the new list is in place, and Exim is being reloaded" eventually in_the_middle "$1" "$2"
    cut_power
    wait "$command" || true
    boot
    holds "$1: after a power failure and a boot trustd follows the log" eventually follows
    holds "$1: Exim runs" eventually inside systemctl is-active exim4
}
frank=$(fingerprint frank)
cut_in approve "$frank"
# A timer that was due after the boot may have been first: then the journal has it.
ends() { { inside trustctl list --state all 2>&1; inside journalctl -b --no-pager -o cat -t trustctl; } | grep "$1"; }
holds 'the next command undoes the approve, and says so' ends 'an interrupted change was undone: approve'
holds 'frank is refused' attempt frank 550
holds 'and still pending' lists pending CN=frank
holds 'alice relays' attempt alice 250
holds 'the ledger is intact' inside trustctl history --verify
revokes() { inside trustctl history | grep -c 'revoke by root' || true; }
revoked=$(revokes)
cut_in revoke "$alice"
holds 'the next command finishes the revoke, and says so' ends 'an interrupted change was finished: revoke'
holds 'alice is refused' attempt alice 550
holds 'the ledger has it once' test "$(revokes)" = "$((revoked + 1))"
holds 'the ledger is intact' inside trustctl history --verify
holds 'doctor is silent' eventually doctor_is_silent
