# One client from its first night to its last: its operator is told by mail, and lets it in on a small terminal; it renews; a new key comes in
# the place of the old one; it moves to a second relay with what was decided about it, and is revoked there.

holds 'a laptop boots, whose Exim delivers only locally' boot_laptop
holds 'a wire connects it with the relay' connect_laptop
holds 'the package installs there' on_laptop dpkg -i /root/trustd.deb
holds 'the operator gets in by ssh' let_root_in 127.0.0.1 "$root"
make_mailbox olga

becomes_client_of() { # becomes_client_of RELAY FINGERPRINT
    on_laptop trustctl client pin "$1.example.org" --fingerprint "$2" && on_laptop trustctl client setup "$1.example.org" --yes
}
server_digits() { "$@" openssl x509 -in /etc/trustd/exim/server.crt -noout -fingerprint -sha256 | cut -d= -f2; }
laptop_digits() { on_laptop openssl x509 -in /etc/trustd/client/client.pem -noout -fingerprint -sha256 | cut -d= -f2 | tr -d ':\n'; }
checks() { status_of "$2" on_laptop trustctl client check "$1.example.org"; } # checks RELAY STATUS
delivers() { # delivers RELAY NAME: a message to NAME gets there, and the relay is verified
    on_laptop sh -c 'printf "Subject: hello\n\nhello\n" | sendmail "$1@remote.example"' sh "$2"
    eventually on_laptop grep -E "=> $2@remote.example .* H=$1.example.org .* CV=yes .* C=\"250" /var/log/exim4/mainlog
}
end_of_laptop() { "$@" trustctl show laptop | sed -n 's/^until  *//p'; }

# At night.
holds 'it makes a key and a certificate' on_laptop trustctl client new
holds 'it pins the relay, and sends its mail there' becomes_client_of relay "$(server_digits inside)"
holds 'it waits for an approval (10)' checks relay 10
holds 'the relay lists it' eventually lists pending CN=laptop
holds 'a mail is sent' told
name=$(on_laptop openssl x509 -in /etc/trustd/client/client.pem -noout -subject -nameopt RFC2253 | cut -d= -f2-)
holds 'the operator is told of it' eventually mail_says "    \"$name\""
holds 'with the command to type' mail_says '  type:  trustctl review'
first=$(laptop_digits)
holds 'he types it on a terminal of 80 by 24' on_terminal trustctl review --grep laptop
holds 'the fingerprint stands above the question' eventually asks_about "$first"
$terminal send-keys a
holds 'he is asked for a label' eventually screen 'label (Enter for none):'
$terminal send-keys laptop Enter
holds 'the laptop is trusted both ways (0)' eventually checks relay 0
end_terminal
holds 'until a date' inside trustctl approve laptop --for 90d --yes
until=$(end_of_laptop inside)
holds 'which is said' test -n "$until"
holds 'its mail is delivered' delivers relay bob

# It renews.
holds 'it makes its next certificate (10)' status_of 10 on_laptop trustctl client renew --same-key
renewal_waits() { inside trustctl list | grep 'renews laptop (same key, ends '; }
holds 'the relay lists it as a renewal' eventually renewal_waits
holds 'the operator approves all renewals' inside trustctl approve --renewals --yes
holds 'the laptop switches' on_laptop trustctl client renew --same-key
second_digits=$(laptop_digits)
holds 'to another certificate' test "$first" != "$second_digits"
holds 'the old one goes' inside trustctl revoke "$first" --only --yes
holds 'it is trusted both ways (0)' checks relay 0
holds 'until the same date' test "$(end_of_laptop inside)" = "$until"

# Another key in its place.
holds 'it makes another key (10)' status_of 10 on_laptop trustctl client renew
waiting() { inside trustctl list --grep CN=laptop | grep -xE '[0-9A-F]{64}'; }
holds 'whose certificate waits' eventually waiting
holds 'the operator lets it come in the place of the old one' inside trustctl approve "$(waiting)" --replaces laptop --yes
holds 'the laptop switches' on_laptop trustctl client renew
holds 'the old one is not trusted any more' not grep "$second_digits" <<<"$(trusted)"
holds 'the new one is (0)' checks relay 0
holds 'until the same date' test "$(end_of_laptop inside)" = "$until"
holds 'its mail is delivered' delivers relay carol

# To another relay.
holds 'a second relay boots' boot_second
holds 'wires connect it with both' connect_second
holds 'its Exim takes mail from elsewhere' make_server on_second
holds 'the package installs there' on_second dpkg -i /root/trustd.deb
holds 'setup makes it a relay' on_second trustctl setup --yes
holds 'root of the first one may enter it' let_root_in 10.78.0.2 "$second/root"
holds 'the laptop pins it, and sends its mail there' becomes_client_of second "$(server_digits on_second)"
holds 'where it waits (10)' checks second 10
holds 'the decisions are sent there' inside sh -c 'trustctl export | ssh 10.78.0.2 trustctl import - --yes'
holds 'it is trusted both ways (0)' checks second 0
holds 'until the same date' test "$(end_of_laptop on_second)" = "$until"
holds 'its mail is delivered there' delivers second dave
holds 'the first relay lets go of it' inside trustctl revoke laptop --yes
holds 'and does not trust it any more (10)' checks relay 10
holds 'the second one does (0)' checks second 0
holds 'until it is revoked there' on_second trustctl revoke laptop --yes
holds 'where it waits again (10)' checks second 10
history_of_laptop() { on_second trustctl history --label laptop | grep -cE '^[0-9]+ .* (import|revoke) by root'; }
holds 'both decisions stand in its ledger' test "$(history_of_laptop)" = 2
holds 'which is whole' on_second trustctl history --verify

end_second
end_laptop
end_mailbox
inside sh -c 'exiqgrep -i | xargs -r exim4 -Mrm' >/dev/null 2>&1 || true
forget_laptop() { inside trustctl forget "$(waiting)" --yes; }
holds 'the first relay forgets that it was seen again' eventually forget_laptop
holds 'doctor is silent' doctor_is_silent
