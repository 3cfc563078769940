# An attacker who has taken trustd over: our program replaces /usr/sbin/trustd, so it runs exactly as the unit runs trustd, with the same
# sandbox and user. It makes many attempts. The control is the same program outside of the sandbox, as root: an attempt that fails there
# proves nothing here.

# The unit's properties, without those that change from one start to the next.
unit() {
    inside systemctl show trustd | sed 's/; start_time=.*//' | grep -vE \
        '(Timestamp|InvocationID|PID|StatusText|Memory(Current|Available|Peak)|^NRestarts|^CPUUsage|^IO(Read|Write)|^IP(In|E)gress)' |
        grep -vE '^(TasksCurrent|ControlGroupId|FreezerState|EffectiveMemory|EffectiveTasks)'
}
unit >"$work/unit.shipped"
inside mkdir -p /var/spool/exim4/input /home /boot /etc/ssl/private /var/backups /etc/cron.daily /usr/local/sbin
echo 'a secret' | into /var/log/another-service.log
inside sh -c 'chown root:adm /var/log/another-service.log; chmod 0640 /var/log/another-service.log
    : >>/var/log/dpkg.log; mkdir -p /var/log/apt /run/log/journal
    cp -p /var/log/another-service.log /run/log/journal/another.journal'
inside sh -c 'sha256sum /etc/shadow /etc/trustd/* /var/lib/trustctl/* 2>/dev/null' >"$work/roots" || true

install_attacker
holds 'an attacker runs in place of trustd' eventually inside systemctl is-active trustd
unit >"$work/unit.attacker"
holds 'every property of its unit is as shipped' cmp "$work/unit.shipped" "$work/unit.attacker"
status() { inside grep -E "$1" "/proc/$(pid)/status"; }
holds 'it runs as user trustd' status "^Uid:.$(inside id -u trustd)."
holds 'it has no capability' not status '^Cap(Inh|Prm|Eff|Bnd|Amb):.*[1-9a-f]'
holds 'it cannot gain privileges' status '^NoNewPrivs:.1'
holds 'it has a seccomp filter' status '^Seccomp:.2'

order attempts >"$work/inside.answers"
inside /usr/sbin/trustd outside >"$work/outside.answers"
inside rm -f /var/lib/trustd/pending/.attack-program /tmp/.attack-program
holds 'inside and outside, the attacker makes the same attempts' cmp <(cut -f2 "$work/inside.answers") <(cut -f2 "$work/outside.answers")
holds 'these are at least a hundred attempts' test "$(wc -l <"$work/inside.answers")" -ge 100
unshown=0
while IFS=$'\t' read -r outcome name why; do
    control=$(awk -F'\t' -v name="$name" '$2 == name { print $1 (($3 == "") ? "" : ": " $3) }' "$work/outside.answers")
    [ "$outcome" = failed ] || fail "the sandbox can $name"
    if [ "$control" = succeeded ]; then
        say "ok: the sandbox cannot $name ($why)"
        count=$((count + 1))
    else
        unproved="${unproved:-}${unproved:+, }$name ($control)"
        unshown=$((unshown + 1))
    fi
done <"$work/inside.answers"
# If the machine itself forbids something to root, a failure in the sandbox proves nothing. Such attempts are reported and not counted, and
# there may be few.
if [ -n "${unproved:-}" ]; then
    say "SKIPPED: $unshown attempts, because root outside of the sandbox cannot do them on this machine either: $unproved"
    skipped=$((skipped + unshown))
    [ "$unshown" -le 5 ] || fail 'too many attempts fail outside of the sandbox too'
fi
unset unproved

before=$(pid exim4)
exim_pid=$(inside pgrep -o exim4)
holds 'it tells systemd that Exim is its main process' test "$(order lie)" = said
holds 'systemd does not believe it' test "$(pid)" != "$exim_pid"
holds 'it can leave files in its /tmp and /var/tmp' test "$(order litter)" = left
holds 'the machine'\''s /tmp and /var/tmp do not have them' gone /tmp/attack-litter /var/tmp/attack-litter
processes=$(order processes)
holds "it can start $processes processes, at most 7" test "$processes" -le 7 -a "$processes" -ge 1
holds 'Exim works as before' attempt alice 250
inside sh -c 'sha256sum /etc/shadow /etc/trustd/* /var/lib/trustctl/* 2>/dev/null' >"$work/roots.after" || true
holds 'root'\''s files are unchanged' cmp "$work/roots" "$work/roots.after"

# Invitations: it sees a guest's certificate with his proof, as Exim's log shows it. It queues that again, altered, in other hands, and by
# thousands. Nobody is let in but the guest, once, and nobody seems to have the code.
guest() { # guest OPTION…: an invitation, the certificate of who has its code, and whom Exim trusts before
    inside sh -c 'rm -rf /root/guest && trustctl invite --detach --label guest "$@" >/root/code 2>/dev/null &&
        trustctl client new --invite - --dir /root/guest --name guest.example.org </root/code >/dev/null &&
        cp /root/guest/client.pem /var/lib/trustd/position/invited.pem' sh "$@" &&
        inside cp /root/guest/client.pem /root/guest.pem && trusted >"$work/trusted.before"
    invitation=$(inside sh -c 'cd /var/lib/trustctl/invitations && ls -t' | grep -v '\.' | head -n 1 || true)
}
nobody_new() { # whom Exim trusts is as before, also after a round of root's
    inside trustctl admit && trusted | cmp - "$work/trusted.before"
}
stands() { inside trustctl invite --list | grep "^$invitation " | grep "$1"; } # stands STATE
plants() { # plants KIND
    local answer
    answer=$(order plant "$1" guest)
    [ "$answer" = planted ] || { echo "the attacker could not make it: $answer"; return 1; }
}
holds 'a guest is invited' guest
while read -r kind sentence; do
    holds "it queues $sentence" plants "$kind"
    holds 'nobody is let in' nobody_new
    holds 'and the invitation stays open' stands 'open until'
done <<'KINDS'
invited-copied another key's certificate with the guest's name and proof
invited-wrapped the guest's key and proof in a certificate that it has signed
invited-altered the guest's certificate with each byte altered once
invited-other-form the guest's certificate, and the other form of its signature beside it
KINDS
guest_is_trusted() { inside trustctl admit && trusted | grep -qx "$(fingerprint guest)"; }
only_guest_is_new() { trusted | comm -3 - "$work/trusted.before" | cmp - <(fingerprint guest; echo); }
holds 'it queues the guest'\''s certificate, and 9000 with his proof and its key' plants invited-flood
holds 'the control: the guest is let in' guest_is_trusted
holds 'and nobody else' only_guest_is_new
holds 'the invitation is used' stands 'used:'
trusted >"$work/trusted.before"
holds 'it queues the other form of the guest'\''s certificate again' plants invited-other-form
holds 'nobody is let in' nobody_new
holds 'the guest is revoked' inside trustctl revoke guest --yes
trusted | not grep -qx "$(fingerprint guest)" || fail 'the guest is still trusted'
trusted >"$work/trusted.before"
holds 'it queues the guest'\''s certificate again' plants invited
holds 'he does not come back' nobody_new
holds 'a second guest is invited' guest
holds 'and his invitation is cancelled' inside trustctl invite --cancel "$invitation"
holds 'it queues his certificate' plants invited
holds 'he is not let in' nobody_new
holds 'a third guest is invited, for a second' guest --ttl 1s
holds 'his time is over' eventually not stands 'open until'
holds 'it queues his certificate, and says that he came in time' plants invited-early
holds 'he is not let in' nobody_new
order calm >/dev/null
holds 'the ledger is intact' inside trustctl history --verify
holds 'Exim works as before' attempt alice 250

if inside sh -c 'test "$(systemctl show -p MemoryCurrent --value trustd)" != "[not set]"'; then
    restarts=$(shown NRestarts)
    killed() { [ "$(shown NRestarts)" -gt "$restarts" ] && inside journalctl -u trustd --no-pager | grep -E 'oom-kill|signal|status=9/KILL'; }
    holds 'outside of the sandbox it can take 256 MB of memory' inside /usr/sbin/trustd eat
    printf 'eat\n' | into /var/lib/trustd/position/order
    holds 'inside, it is killed for that and restarted' eventually killed
    holds 'after that it runs' eventually inside systemctl is-active trustd
else
    skip_one 'MemoryMax by an attempt: the container has no memory controller here'
fi
remove_attacker
holds 'trustd itself is back, and follows the log' eventually follows
