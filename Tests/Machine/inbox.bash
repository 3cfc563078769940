# A fleet: decisions come into the inbox, by rename and by rsync, and the units make them so, whatever else is put there.

box=/var/lib/trustsync/inbox
units='trustctl-fleet.path trustctl-fleet.timer'
# shellcheck disable=SC2086 # two words
run_fleet_units() { inside systemctl is-active --quiet $1; }
holds 'on a host without a fleet its units do nothing' not run_fleet_units "$units"
holds 'the service neither' inside sh -c 'systemctl start trustctl-fleet.service &&
    [ "$(systemctl show -p ConditionResult --value trustctl-fleet.service)" = no ]'
holds 'the inbox is there for those who carry' test "$(inside stat -c %U:%G:%a "$box")" = trustsync:trustcarry:1770

holds 'a fleet is made' make_fleet example-mail safe
# shellcheck disable=SC2086
holds 'the console joins' join_fleet $console
holds 'and no unit runs for it' not run_fleet_units "$units"
holds 'the relay joins' join_fleet --member mx1
holds 'it says that what comes is made so at once' grep -F "what comes into $box is made so at once" "$work/joined"
holds 'both units run' inside sh -c 'for unit; do systemctl is-active --quiet "$unit" || exit 1; done' sh $units
# shellcheck disable=SC2046,SC2086
holds 'the console adds it' inside trustctl fleet member add $(member_line) --sign-with /root/safe.pub $console

approved=()
decide() { # decide FILE: approves somebody, at the console; the signed decision is in FILE
    local last
    last=$(random_fingerprint)
    approved+=("$last")
    # shellcheck disable=SC2086
    { inside trustctl approve "$last" --sign-with /root/safe.pub --yes --output "$1" $console &&
        inside trustctl fleet import "$1" --keep-only $console; } >"$work/said" 2>&1 || fail "$(cat "$work/said")"
}
put() { # put FILE NAME: made whole, then renamed
    inside sh -c 'install -o trustsync -g trustsync -m 0640 "$1" "$3/.$2" && mv "$3/.$2" "$3/$2"' sh "$1" "$2" "$box"
}
all_trusted() { # those that were approved until now, and nobody else
    trusted | comm -13 - <(printf '%s\n' "${approved[@]}" | sort) | not grep .
}
empty() { [ -z "$(inside ls "$box")" ]; }
well() { # neither unit has failed
    inside systemctl is-active --quiet trustctl-fleet.path && not inside systemctl is-failed --quiet trustctl-fleet.path &&
        not inside systemctl is-failed --quiet trustctl-fleet.service
}
# shellcheck disable=SC2086
inside sh -c "trustctl fleet export $console >/root/members.pack"
put /root/members.pack members.pack
holds 'the first pack is taken' eventually empty

# In microseconds since the machine's start.
moment() {
    local up
    read -r up _ </proc/uptime
    echo "${up/./}0000"
}
woken() { # woken MOMENT: the service has started after it
    awoke=$(shown InactiveExitTimestampMonotonic trustctl-fleet.service)
    [ "$awoke" -gt "$1" ]
}
idle() { [ "$(shown ActiveState trustctl-fleet.service)" = inactive ]; }
quickest=99000000
for number in 1 2 3; do
    decide "/root/quick$number"
    eventually idle
    start=$(moment)
    put "/root/quick$number" "quick$number.pack"
    eventually woken "$start" || fail 'the path unit does not wake'
    [ $((awoke - start)) -ge "$quickest" ] || quickest=$((awoke - start))
    eventually all_trusted || fail 'the decision is not live'
done
holds "the path unit wakes $((quickest / 1000)) ms after a rename, at most a second" test "$quickest" -le 1000000
holds 'the list has what was decided' all_trusted

for number in $(seq 40); do decide "/root/burst$number"; done
for number in $(seq 40); do
    put "/root/burst$number" "$(printf %016x "$number").pack"
    sleep 0.05
done
holds 'a burst of 40, during runs, is taken whole' eventually all_trusted
holds 'and nothing stays' eventually empty

holds 'the attack: trustsync'\''s user cannot write what root keeps, nor read its key' inside sh -c '
    for one in /var/lib/trustctl/fleet/out/decisions /var/lib/trustctl/fleet/x /etc/trustd/fleet.conf /var/lib/trustsync/x; do
        ! runuser -u trustsync -- sh -c "echo >>\"\$1\"" sh "$one" 2>/dev/null || exit 1
    done
    ! runuser -u trustsync -- head -c 1 /var/lib/trustctl/fleet/receipt.key'
holds 'the attack: nor put another folder in the place of the inbox' inside sh -c \
    '! runuser -u trustsync -- mv /var/lib/trustsync/inbox /var/lib/trustsync/old && ! runuser -u trustsync -- rmdir /var/lib/trustsync/inbox'

# A file under way, which nobody ends.
inside runuser -u trustsync -- sh -c 'echo garbage >/var/lib/trustsync/inbox/.under-way'
starts() { inside journalctl -u trustctl-fleet.service --since "@$1" --no-pager -o cat | grep -c '^Starting ' || true; }
into /root/garbage <<'END'
cd /var/lib/trustsync/inbox || exit 1
end=$(($(date +%s) + 15))
number=0
while [ "$(date +%s)" -lt "$end" ]; do
    number=$((number + 1))
    echo garbage >".$number" 2>/dev/null && mv ".$number" "$number" 2>/dev/null
    case $number in
        *3) ln -s /etc/shadow "link$number" ;;
        *5) mkfifo "fifo$number" ;;
        *7) mkdir -p "folder$number/in/it" ;;
    esac 2>/dev/null
done
echo "$number" >/tmp/garbage-count
END
inside chmod 0644 /root/garbage
inside cp /root/garbage /tmp/garbage
since=$(inside date +%s)
inside runuser -u trustsync -- sh /tmp/garbage &
flood=$!
sleep 3
decide /root/amid
put /root/amid amid.pack
holds 'amid fifteen seconds of garbage, links, FIFOs and folders a decision is live' eventually all_trusted
wait "$flood"
holds "that were $(inside cat /tmp/garbage-count) files, and none stays" eventually empty
holds "the service was started $(starts "$since") times, at most once a second" test "$(starts "$since")" -le $(($(inside date +%s) - since + 1))
holds 'it has not failed, and neither has the path unit' eventually well
holds 'root keeps a hundred of them' test "$(inside ls /var/lib/trustctl/fleet/refused | wc -l)" -le 100
decide /root/after
put /root/after after.pack
holds 'the next decision is live' eventually all_trusted

# Somebody carries by rsync.
inside sh -c 'useradd --create-home --groups trustcarry carrier && [ -e /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519
    install -d -o carrier -m 700 ~carrier/.ssh && install -o carrier -m 600 /root/.ssh/id_ed25519.pub ~carrier/.ssh/authorized_keys'
by_rsync() {
    inside rsync -e 'ssh -o BatchMode=yes -o StrictHostKeyChecking=no' "$1" "carrier@127.0.0.1:$box/mx2.pack"
}
decide /root/carried
holds 'a member of trustcarry fills the inbox with rsync' eventually by_rsync /root/carried
holds 'and it is live' eventually all_trusted
decide /root/carried-again
holds 'again, under the same name' by_rsync /root/carried-again
holds 'and it is live' eventually all_trusted
holds 'the attack: that user cannot remove what another one has put' inside sh -c 'runuser -u trustsync -- touch /var/lib/trustsync/inbox/.other &&
    ! runuser -u carrier -- rm -f /var/lib/trustsync/inbox/.other'

# A path unit that has failed for good.
printf '[Path]\nTriggerLimitBurst=3\n' | into /run/systemd/system/trustctl-fleet.path.d/low.conf
printf '[Service]\nExecStart=\nExecStart=/bin/true\n' | into /run/systemd/system/trustctl-fleet.service.d/idle.conf
inside sh -c 'systemctl daemon-reload; systemctl stop trustctl-fleet.timer; systemctl restart trustctl-fleet.path'
# A run that began before would take it.
holds 'no run is under way' eventually not inside pgrep -f 'trustctl fleet apply'
decide /root/late
put /root/late late.pack
holds 'a path unit can fail' eventually inside systemctl is-failed --quiet trustctl-fleet.path
inside sh -c 'rm -r /run/systemd/system/trustctl-fleet.path.d /run/systemd/system/trustctl-fleet.service.d
    systemctl daemon-reload; systemctl start trustctl-fleet.timer'
holds 'the timer has the decision made so' eventually all_trusted
holds 'and has started the path unit again' eventually well
two_minutes() { eventually "$@" || eventually "$@"; }
holds 'what was under way for more than a minute is gone' two_minutes not inside sh -c 'ls -A /var/lib/trustsync/inbox | grep .'

reboot
holds 'after a reboot the units run' eventually well
decide /root/rebooted
put /root/rebooted rebooted.pack
holds 'and the next decision is live' eventually all_trusted
holds 'all is as the fleet has decided' eventually inside trustctl fleet verify

holds 'the relay leaves' inside trustctl fleet leave --yes
holds 'its units end' eventually not run_fleet_units "$units"
put /root/late late.pack
holds 'what comes now stays' inside ls "$box/late.pack"
inside rm "$box/late.pack"
holds 'its list is its own again' inside trustctl revoke "${approved[@]}" --yes
holds 'alice relays' attempt alice 250
inside sh -c 'userdel --remove carrier 2>/dev/null; rm -rf /root/console /root/*.pack /root/burst* /root/quick*'
holds 'doctor is silent' eventually doctor_is_silent
