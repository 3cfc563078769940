# Whoever takes trustd over: a program of ours stands in the place of /usr/sbin/trustd, and so runs exactly as the unit has it, sandbox
# and user. It tries one thing after the other. The control is the same program outside of the sandbox, as root: what does not succeed
# there proves nothing here.

# Its properties without what changes from one start to the next.
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
holds 'an attacker runs in the place of trustd' eventually inside systemctl is-active trustd
unit >"$work/unit.attacker"
holds 'its unit is trustd'\''s, in every property' cmp "$work/unit.shipped" "$work/unit.attacker"
status() { inside grep -E "$1" "/proc/$(pid)/status"; }
holds 'it runs as user trustd' status "^Uid:.$(inside id -u trustd)."
holds 'it has no capability' not status '^Cap(Inh|Prm|Eff|Bnd|Amb):.*[1-9a-f]'
holds 'it cannot get new ones' status '^NoNewPrivs:.1'
holds 'a seccomp filter holds it' status '^Seccomp:.2'

order attempts >"$work/inside.answers"
inside /usr/sbin/trustd outside >"$work/outside.answers"
inside rm -f /var/lib/trustd/pending/.attack-program /tmp/.attack-program
holds 'the attacker tries the same inside and outside' cmp <(cut -f2 "$work/inside.answers") <(cut -f2 "$work/outside.answers")
holds 'a hundred things and more' test "$(wc -l <"$work/inside.answers")" -ge 100
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
# Where the machine itself forbids something to root, its failing in the sandbox shows nothing: said, not counted, and never much.
if [ -n "${unproved:-}" ]; then
    say "not shown, for root outside cannot do it on this machine either: $unproved"
    [ "$unshown" -le 5 ] || fail 'the control fails too often'
fi
unset unproved

before=$(pid exim4)
exim_pid=$(inside pgrep -o exim4)
holds 'it says to systemd that Exim is its main process' test "$(order lie)" = said
holds 'and is not believed' test "$(pid)" != "$exim_pid"
holds 'what it leaves in /tmp and /var/tmp' test "$(order litter)" = left
holds 'is not in the machine'\''s' gone /tmp/attack-litter /var/tmp/attack-litter
processes=$(order processes)
holds "it can start $processes processes, and no more than 7" test "$processes" -le 7 -a "$processes" -ge 1
holds 'Exim has not noticed' attempt alice 250
inside sh -c 'sha256sum /etc/shadow /etc/trustd/* /var/lib/trustctl/* 2>/dev/null' >"$work/roots.after" || true
holds 'what is root'\''s is what it was' cmp "$work/roots" "$work/roots.after"

if inside sh -c 'test "$(systemctl show -p MemoryCurrent --value trustd)" != "[not set]"'; then
    restarts=$(shown NRestarts)
    killed() { [ "$(shown NRestarts)" -gt "$restarts" ] && inside journalctl -u trustd --no-pager | grep -E 'oom-kill|signal|status=9/KILL'; }
    holds 'outside of the sandbox it can take 256 MB of memory' inside /usr/sbin/trustd eat
    printf 'eat\n' | into /var/lib/trustd/position/order
    holds 'within it, it is killed for that, and started again' eventually killed
    holds 'and runs' eventually inside systemctl is-active trustd
else
    say 'SKIPPED: MemoryMax by an attempt: this machine gives the container no memory controller'
fi
remove_attacker
holds 'trustd itself comes back, and follows' eventually follows
