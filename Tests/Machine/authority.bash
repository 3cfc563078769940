# A CA of the relay's own: a stock Debian becomes its client by `client check` alone after one `ca sign`, comes again, and is revoked.

holds 'a CA is made' inside trustctl ca init
own_key_alone() { [ "$(inside stat -c '%a %U' /etc/trustd/ca/ca.key)" = '600 root' ]; }
holds 'its key is for root alone' own_key_alone
holds 'trust is by it' inside trustctl setup --trust ca --yes
inside systemctl restart trustd
holds 'trustd follows' eventually follows
holds 'whom the list names still relays' attempt alice 250
holds 'doctor is silent' doctor_is_silent

holds 'a laptop boots, whose Exim delivers only locally' boot_laptop
holds 'a wire connects it with the relay' connect_laptop
holds 'the package installs there' on_laptop dpkg -i /root/trustd.deb
relay_digits=$(inside openssl x509 -in /etc/trustd/exim/server.crt -noout -fingerprint -sha256 | cut -d= -f2)
holds 'it makes a key and a certificate' on_laptop trustctl client new
holds 'it pins the relay' on_laptop trustctl client pin relay.example.org --fingerprint "$relay_digits"
holds 'its mail goes there' on_laptop trustctl client setup relay.example.org --yes
checks_here() { status_of "$1" on_laptop trustctl client check relay.example.org; }
holds 'it waits (10)' checks_here 10
waits_here() { inside trustctl list --grep CN=laptop | grep -xE '[0-9A-F]{64}'; }
holds 'the relay lists it' eventually waits_here
holds 'the operator signs, once' inside trustctl ca sign "$(waits_here)" --name laptop --days 20 --yes
holds 'nobody waits any more' not waits_here
holds 'client check fetches what was issued, and is trusted both ways (0)' checks_here 0
by_the_ca() { on_laptop openssl x509 -in /etc/trustd/client/client.pem -noout -issuer -subject -nameopt RFC2253 |
    grep -A1 'issuer=CN=trustd relay CA' | grep 'subject=CN=laptop$'; }
holds 'it shows a certificate of the CA' by_the_ca
goes_there() { # goes_there NAME
    on_laptop sh -c 'printf "Subject: hello\n\nhello\n" | sendmail "$1@remote.example"' sh "$1"
    eventually on_laptop grep -E "=> $1@remote.example .* H=relay.example.org .* CV=yes .* C=\"250" /var/log/exim4/mainlog
}
holds 'its mail is delivered' goes_there grace
serial() { on_laptop openssl x509 -in /etc/trustd/client/client.pem -noout -serial; }
first_serial=$(serial)

holds 'it asks for the next one, with the same key (10)' status_of 10 on_laptop trustctl client renew --same-key
holds 'which the relay lists' eventually waits_here
holds 'nobody signs by himself, so soon after the last one' inside sh -c 'trustctl ca renew 2>&1 | grep "less than a day ago"'
holds 'the operator signs' inside trustctl ca sign "$(waits_here)" --name laptop --yes
holds 'the laptop takes it' on_laptop trustctl client renew --same-key
holds 'another certificate of the CA' test "$(serial)" != "$first_serial"
holds 'which the CA has issued' by_the_ca
holds 'its mail is delivered' goes_there heidi
holds 'the relay lists what it has issued' inside sh -c 'trustctl ca list | grep -c "laptop  valid" | grep -x 2'

holds 'the attack: trustd'\''s user reads no key of the CA, and hands nothing over' inside sh -c '
    ! runuser -u trustd -- cat /etc/trustd/ca/ca.key && ! runuser -u trustd -- touch /etc/trustd/issued/x && ! runuser -u Debian-exim -- touch /etc/trustd/issued/x'
holds 'the key is moved away' inside trustctl ca move-key /root/ca.key --yes
holds 'and is not here' inside sh -c '! [ -e /etc/trustd/ca/ca.key ] && [ -s /root/ca.key ]'
holds 'revoked, both at once' inside trustctl ca revoke laptop --yes
holds 'the laptop is refused (10)' checks_here 10
holds 'the ledger is whole' inside trustctl history --verify
holds 'doctor is silent' doctor_is_silent

end_laptop
inside sh -c 'exiqgrep -i | xargs -r exim4 -Mrm; for one in $(trustctl list --grep CN=laptop | grep -xE "[0-9A-F]{64}"); do trustctl forget "$one" --yes; done' >/dev/null 2>&1 || true
holds 'trust is by fingerprint again' inside trustctl setup --trust fingerprint --yes
inside rm -rf /etc/trustd/ca /etc/trustd/authority /etc/trustd/revoked /etc/trustd/issued /root/ca.key
inside systemctl restart trustd
holds 'trustd follows' eventually follows
holds 'alice relays' attempt alice 250
