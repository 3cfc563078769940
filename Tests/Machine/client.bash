# The client: a stock Debian that delivers only locally becomes a client with three commands and no edited file; its mail then goes to the
# relay and to nobody else; and all can be taken back to the byte.

holds 'a second Debian boots, whose Exim delivers only locally' boot_laptop
holds 'a wire connects it with the relay' connect_laptop
laptop_files() { (cd "$laptop/root" && find etc/exim4 -type f -exec sha256sum {} + | sort); }
laptop_files >"$work/laptop-before"
holds 'the package installs there' on_laptop dpkg -i /root/trustd.deb
relay_fingerprint=$(inside openssl x509 -in /etc/trustd/exim/server.crt -noout -fingerprint -sha256 | cut -d= -f2)

# The operator types as many lines as these, and edits no file.
typed=0
types() {
    typed=$((typed + 1))
    on_laptop "$@"
}
holds 'client command 1: a key and a certificate' types trustctl client new
holds 'client command 2: the relay is pinned' types trustctl client pin relay.example.org --fingerprint "$relay_fingerprint"
holds 'client command 3: the mail goes there' types trustctl client setup relay.example.org --yes
holds 'three commands were typed' test "$typed" = 3

laptop_fingerprint=$(on_laptop openssl x509 -in /etc/trustd/client/client.pem -noout -fingerprint -sha256 | cut -d= -f2 | tr -d ':\n')
holds 'before the approval client check says that it waits (10)' status_of 10 on_laptop trustctl client check relay.example.org
holds 'and the relay lists it' eventually lists pending CN=laptop
holds 'the relay approves it' inside trustctl approve "$laptop_fingerprint" --label laptop --yes
holds 'client check: trusted both ways (0)' on_laptop trustctl client check relay.example.org
holds 'a message for somebody elsewhere is sent' on_laptop sh -c 'printf "Subject: hello\n\nhello\n" | sendmail bob@remote.example'
delivered() { on_laptop grep -E '=> bob@remote.example .* H=relay.example.org .* CV=yes .* C="250' /var/log/exim4/mainlog; }
holds 'the relay takes it, and the laptop'\''s Exim has verified the relay' eventually delivered
taken() { inside grep -E '<= root@laptop.example.org H=.*\[10\.77\.0\.2\] .* X=TLS' /var/log/exim4/mainlog; }
holds 'the relay'\''s log shows it, over TLS' taken
holds 'client check --deliver follows one to its end' on_laptop trustctl client check relay.example.org --deliver carol@remote.example

# Somebody takes the relay's place: another certificate behind the same name and address.
client impostor
holds 'an impostor takes the relay'\''s place' inside sh -c 'cp /etc/trustd/exim/server.crt /root/true.crt && cp /etc/trustd/exim/server.key /root/true.key &&
    cat /root/impostor.pem >/etc/trustd/exim/server.crt && cat /root/impostor.key >/etc/trustd/exim/server.key && systemctl reload exim4'
holds 'client check names it (11)' eventually status_of 11 on_laptop trustctl client check relay.example.org
holds 'a message is sent meanwhile' on_laptop sh -c 'printf "Subject: secret\n\nsecret\n" | sendmail dave@remote.example'
refused() { on_laptop grep -E 'not the pinned certificate|certificate verification failed|certificate invalid' /var/log/exim4/mainlog; }
holds 'the laptop'\''s Exim refuses the impostor' eventually refused
holds 'and the message waits' on_laptop sh -c 'exim4 -bp | grep dave@remote.example'
holds 'the impostor has got nothing' not inside grep dave@remote.example /var/log/exim4/mainlog
holds 'the relay is back' inside sh -c 'cat /root/true.crt >/etc/trustd/exim/server.crt && cat /root/true.key >/etc/trustd/exim/server.key &&
    systemctl reload exim4'
holds 'client check knows it again (0)' eventually on_laptop trustctl client check relay.example.org
holds 'and takes what waited' on_laptop exim4 -qff
dave_delivered() { on_laptop grep -E '=> dave@remote.example .* CV=yes' /var/log/exim4/mainlog; }
holds 'delivered, verified' eventually dave_delivered

# The certificate is renewed while mail flows: the timer's service makes the next one and switches, the operator approves in between.
holds 'the timer of the renewal can be enabled' on_laptop systemctl enable --now trustctl-client-renew.timer
holds 'its service has nothing to do yet' on_laptop systemctl start trustctl-client-renew.service
same_certificate() { on_laptop openssl x509 -in /etc/trustd/client/client.pem -noout -fingerprint -sha256 | tr -d : | grep -i "$laptop_fingerprint"; }
holds 'the certificate is the same' same_certificate
holds 'the laptop makes its next certificate (10)' status_of 10 on_laptop trustctl client renew --same-key
renewal_listed() { inside trustctl list | grep 'renews laptop (same key, ends '; }
holds 'the relay lists it as a renewal' eventually renewal_listed
holds 'its service is content while the operator has to act' on_laptop systemctl start trustctl-client-renew.service
renewal_tells() { on_laptop journalctl -u trustctl-client-renew.service --no-pager | grep "$1"; }
holds 'and tells what to do in the journal' eventually renewal_tells "tell the relay's operator the next certificate's fingerprint"
holds 'with its digits' eventually renewal_tells 'fingerprint    [0-9A-F]\{4\} [0-9A-F]\{4\} '
holds 'one command approves all renewals' inside trustctl approve --renewals --yes
holds 'the service switches' on_laptop systemctl start trustctl-client-renew.service
holds 'the certificate is another one' not same_certificate
holds 'client check: trusted both ways (0)' on_laptop trustctl client check relay.example.org
holds 'revoke takes the key: both certificates' inside trustctl revoke laptop --key --yes
holds 'client check: waiting for approval (10)' status_of 10 on_laptop trustctl client check relay.example.org
none_of_laptop() { inside trustctl list --state approved | not grep laptop; }
holds 'nothing of the laptop is approved' none_of_laptop
inside trustctl forget "$(on_laptop openssl x509 -in /etc/trustd/client/client.pem -noout -fingerprint -sha256 | cut -d= -f2)" --yes >/dev/null 2>&1 || true

holds 'client setup --remove' on_laptop trustctl client setup --remove --yes
same_as_before() { laptop_files | diff "$work/laptop-before" -; }
holds 'restores Exim'\''s files to the byte' same_as_before
holds 'the client'\''s Exim runs' on_laptop systemctl is-active exim4
# By an invitation: the relay types two commands in its life (setup, invite), the client one, and nobody compares digits.
on_laptop rm -rf /etc/trustd/client
inside sh -c 'exec trustctl invite --label laptop >/root/code 2>/root/invite.log' &
invite=$!
holds 'the relay types invite, which prints a code and waits' eventually inside grep -E '^([0-9A-Z]{5}-){7}[0-9A-Z]{3}$' /root/code
carry_code() {
    local code
    code=$(inside cat /root/code)
    local leader=$laptop_leader
    echo "$code" | into /root/code
}
holds 'the code is carried to the laptop' carry_code
joined=$(date +%s%N)
holds 'the laptop types client join --setup' on_laptop trustctl client join relay.example.org --code-file /root/code --setup --yes
holds 'a message for somebody elsewhere is sent' on_laptop sh -c 'printf "Subject: hello\n\nhello\n" | sendmail erin@remote.example'
erin_delivered() { on_laptop grep -E '=> erin@remote.example .* CV=yes .* C="250' /var/log/exim4/mainlog; }
holds 'the relay takes it, verified' eventually erin_delivered
say "from join to delivered mail: $((($(date +%s%N) - joined) / 1000000)) ms"
holds 'invite has ended well' wait "$invite"
holds 'client check: trusted both ways (0)' on_laptop trustctl client check relay.example.org
holds 'the attack: the code admits nobody else' inside sh -c '! ls /var/lib/trustctl/invitations | grep -vE "\.used$"'
holds 'revoke' inside trustctl revoke laptop --yes
holds 'client setup --remove restores Exim'\''s files to the byte' on_laptop trustctl client setup --remove --yes
holds 'they are as before' same_as_before
# What Debian itself does with the file that setup has changed, at each upgrade of exim4-config too.
holds 'client setup once more' on_laptop trustctl client setup relay.example.org --yes
reconfigure() { on_laptop sh -c 'DEBIAN_FRONTEND=noninteractive dpkg-reconfigure exim4-config 2>&1 && systemctl restart exim4'; }
holds 'dpkg-reconfigure with the answers that stand there' reconfigure
sent_to_relay() { on_laptop exim4 -bt frank@remote.example | grep 'host relay.example.org'; }
holds 'mail still goes to the relay' sent_to_relay
told_what_stays() { on_laptop trustctl client setup --remove --yes 2>&1 | grep "dpkg-reconfigure has made dc_eximconfig_configtype='smarthost'"; }
holds 'client setup --remove tells what dpkg-reconfigure has made its own' told_what_stays
inside sh -c 'exiqgrep -i | xargs -r exim4 -Mrm' >/dev/null 2>&1 || true
end_laptop
