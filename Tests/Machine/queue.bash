# The attacker again, who fills the queue with hostile files while root's trustctl works. Whatever is in the place of a client that the
# administrator is about to approve must not change the decision, stop a command, or reach a terminal unescaped.

client dora
holds 'a client is refused' attempt dora 550
dora=$(fingerprint dora)
holds 'and pending' eventually lists pending CN=dora
trusted >"$work/trusted.before"
{ cat "$work/trusted.before"; echo "$dora"; } | sort >"$work/trusted.after"
shadow=$(inside sha256sum /etc/shadow)
install_attacker
holds 'an attacker runs in place of trustd' eventually inside systemctl is-active trustd

# trustctl COMMAND… must end by itself with one of the statuses, show no secret, and print no control character but line ends.
harmless() { # harmless STATUSES COMMAND…
    local statuses=$1 status=0
    shift
    timeout 180 nsenter -t "$leader" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb trustctl "$@" \
        </dev/null >"$work/said" 2>&1 || status=$?
    [[ " $statuses " = *" $status "* ]] || fail "$kind: trustctl $* ended with $status: $(cat -v "$work/said" | head -n 5)"
    if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\xaa-\xae]|root:[*!$]' "$work/said"; then
        fail "$kind: trustctl $* prints a secret or control characters: $(cat -v "$work/said" | head -n 5)"
    fi
}
decides() { # approve and revoke have their effect, and no other
    harmless 0 approve "$dora" --yes
    trusted | cmp - "$work/trusted.after" || fail "$kind: after approve Exim trusts something else"
    harmless 0 revoke "$dora" --yes
    trusted | cmp - "$work/trusted.before" || fail "$kind: after revoke Exim trusts something else"
}
looks() { # looks STATUSES
    harmless "$1" list
    harmless "$1" list --state all --json
    harmless "$1 66" show "$dora"
    harmless '0 69 78' status
    harmless '0 78' doctor
}

while read -r kind reported sentence; do
    answer=$(order plant "$kind" "$dora")
    if [ "$reported" = impossible ]; then
        [ "$answer" != planted ] || fail "$kind: the attacker could make it"
        say "ok: $sentence cannot be made ($answer)"
        count=$((count + 1))
        continue
    fi
    [ "$answer" = planted ] || fail "$kind: the attacker could not make it: $answer"
    looks "$([ "$reported" = refused ] && echo 78 || echo 0)"
    harmless '0 78' list
    # The control: trustctl has met it, and says so.
    case $reported in
    said) grep -q 'not an entry\|cannot be read\|were not' "$work/said" || fail "$kind: trustctl has not met it: $(cat "$work/said")" ;;
    shown) grep -q "${dora:0:8}" <(tr -d ' ' <"$work/said") || fail "$kind: trustctl does not list it: $(cat "$work/said")" ;;
    unlike) grep -q 'the certificate logged for it is' "$work/said" || fail "$kind: trustctl has not met it: $(cat "$work/said")" ;;
    unsound)
        harmless 78 status
        grep -q 'trustd did not write this' "$work/said" || fail "$kind: trustctl status does not report it: $(cat "$work/said")"
        ;;
    esac
    decides
    say "ok: $sentence is harmless"
    count=$((count + 1))
done <<'KINDS'
link-to-shadow said a link to /etc/shadow in place of an entry
link-to-list said a link to the trust list
link-to-itself said a link to itself
hard-link said a hard link
fifo said a FIFO without a writer
socket said a socket
device impossible a device node
folder said a folder named like an entry
full-folder said a folder that is not empty
huge said a file as large as its unit allows
zeros said a file of 16 KiB of zeros
half said half an entry
no-mode shown an entry without read permission
other-fingerprint said an entry for another fingerprint
no-certificate said an entry for the digest of no certificate
names said a name with control characters
control-characters said an entry with control characters
other-certificate unlike an entry with another client's certificate
flood said a queue of 20500 entries
open-queue refused a world-writable queue
status-link unsound a link to /etc/shadow instead of trustd's status
status-fifo unsound a FIFO instead of trustd's status
position-fifo any a FIFO instead of trustd's position
KINDS

kind=race
order calm >/dev/null
answer=$(order race "$dora")
[ "$answer" = racing ] || fail "the attacker cannot exchange the file: $answer"
for turn in 1 2 3 4 5 6 7 8; do
    harmless 0 list
    harmless '0 66' show "$dora"
    harmless 0 list --state all --json
done
decides
harmless '0 78' doctor
turns=$(order calm)
[ "$turns" -ge 1000 ] || fail "the file was exchanged only $turns times"
say "ok: a file exchanged $turns times (entry, link, FIFO, folder, another client's certificate) is harmless"
count=$((count + 1))
holds '/etc/shadow is unchanged' test "$(inside sha256sum /etc/shadow)" = "$shadow"
holds 'the ledger is intact' inside trustctl history --verify
remove_attacker
holds 'trustd itself is back, and follows the log' eventually follows
holds 'a client is refused' attempt dora 550
holds 'and pending again' eventually lists pending "${dora:0:8}"
holds 'doctor is silent' doctor_is_silent
