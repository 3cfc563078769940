# At night, on a small terminal over ssh: who has come, approved with a key. An approval with an end, which the timer carries out; and a
# certificate that comes in the place of another.

holds 'the operator gets in by ssh' let_root_in 127.0.0.1 "$root"
client night
holds 'at night a client is refused' attempt night 550
holds 'and pending' eventually lists pending CN=night
digits=$(fingerprint night)
holds 'review begins on a terminal of 80 by 24' on_terminal trustctl review --grep night
holds 'the fingerprint and the question are on one screen' eventually asks_about "$digits"
$terminal send-keys a
holds 'it asks for a label' eventually screen 'label (Enter for none):'
$terminal send-keys night Enter
holds 'the client is approved by a key' eventually lists approved night
# The list says so before Exim has read it.
holds 'and relays' eventually attempt night 250
end_terminal
holds 'watch begins on it' on_terminal trustctl watch
holds 'trustd and the last decisions are on its screen' eventually screen_holds 'trustd follows' 'last decisions' '(night) by root'
$terminal send-keys q
sleep 1
end_terminal
holds 'the client is no longer needed' inside trustctl revoke night --yes

client guest
holds 'an unknown guest is refused' attempt guest 550
holds 'and pending' eventually lists pending CN=guest
guest=$(fingerprint guest)
printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nAccuracySec=100ms\n' | into /run/systemd/system/trustctl-expire.timer.d/now.conf
holds 'the timer is enabled' inside sh -c 'systemctl daemon-reload && systemctl enable trustctl-expire.timer && systemctl restart trustctl-expire.timer'
end=$(inside date -u -d '+20 seconds' +%Y-%m-%dT%H:%M:%SZ)
approved_until() {
    inside trustctl approve "$guest" --label guest --until "$end" --note 'here for a day' --yes >"$work/said" 2>&1 || { cat "$work/said"; return 1; }
    cat "$work/said"
    grep -q "(guest), until $end" "$work/said" && ! grep -q 'timer is not enabled' "$work/said"
}
holds 'the guest is approved until a date, and nothing is missing for that' approved_until
holds 'the guest relays' attempt guest 250
holds 'doctor is silent' doctor_is_silent
holds 'at the end the guest is refused, and nobody has done anything' eventually attempt guest 550
holds 'it was the timer' inside sh -c 'trustctl history --label guest | grep -q " expire by root"'
inside sh -c 'rm -r /run/systemd/system/trustctl-expire.timer.d; systemctl disable --now trustctl-expire.timer; systemctl daemon-reload' >/dev/null 2>&1

client newcomer
holds 'another one is refused' attempt newcomer 550
holds 'and pending' eventually lists pending CN=newcomer
holds 'the first one may relay again' inside trustctl undo "$(inside sh -c 'trustctl history --label guest' | sed -n 's/^\([0-9]*\) .* expire by root.*/\1/p')" --yes
holds 'without an end' inside trustctl approve guest --until never --yes
holds 'the new one comes in its place' inside trustctl approve "$(fingerprint newcomer)" --replaces guest --yes
holds 'the new one relays' attempt newcomer 250
holds 'and the old one does not' attempt guest 550
holds 'the new one has the label of the old one' inside trustctl revoke guest --yes
holds 'doctor is silent' doctor_is_silent
