# To another server: first with a backup, as docs/backup.md says, then by `trustctl export | ssh … trustctl import`.

holds 'a second Debian boots: the new server' boot_laptop
holds 'a wire connects it with the old one' connect_laptop
on_new() { # on_new COMMAND…: a function or program, as on the new server
    local leader=$laptop_leader
    "$@"
}
holds 'its Exim takes mail from elsewhere' make_server on_laptop
cp "$root/root/alice.key" "$root/root/alice.pem" "$laptop/root/root/"
holds 'root of the old server may enter the new one' let_root_in 10.77.0.2 "$laptop/root"
holds 'alice is refused there' on_new attempt alice 550
holds 'the package installs there' on_laptop dpkg -i /root/trustd.deb

holds 'the old server is saved' inside sh -c 'systemctl stop trustd && tar -czf /root/trustd.tar.gz /etc/trustd /var/lib/trustctl; systemctl start trustd'
holds 'and brought over' inside scp -q /root/trustd.tar.gz 10.77.0.2:
holds 'it is restored' inside ssh 10.77.0.2 'tar -C / -xzf trustd.tar.gz'
holds 'setup finds its list' inside ssh 10.77.0.2 'trustctl setup --yes && systemctl restart trustd'
holds 'alice relays there' on_new attempt alice 250
holds 'trustd follows' eventually on_new follows
holds 'the ledger is whole' on_laptop trustctl history --verify
holds 'doctor is silent there' on_new doctor_is_silent
own() { "$@" trustctl show --own | sed -n 's/^fingerprint  *//p'; }
same_card() { [ -n "$(own inside)" ] && [ "$(own inside)" = "$(own on_laptop)" ]; }
holds 'clients see the certificate that they have pinned' same_card
on_new client stranger
holds 'an unknown client is refused there' on_new attempt stranger 550
holds 'and pending' eventually on_new lists pending CN=stranger

holds 'the new server begins anew' on_laptop sh -c 'dpkg -P trustd && rm -rf /etc/trustd && dpkg -i /root/trustd.deb && trustctl setup --list folder --yes'
holds 'alice is refused there' on_new attempt alice 550
holds 'the old server'\''s decisions are sent through ssh' inside sh -c 'trustctl export | ssh 10.77.0.2 trustctl import - --yes'
holds 'alice relays there' on_new attempt alice 250
holds 'with her label' on_new lists approved alice
holds 'sending them again changes nothing' inside sh -c 'trustctl export | ssh 10.77.0.2 trustctl import - --yes 2>&1 | grep "nothing to do"'
holds 'without --yes nothing is imported, because there is nobody to ask' \
    inside sh -c 'trustctl export | { ! ssh 10.77.0.2 trustctl import -; } 2>&1 | grep -e --yes'
holds 'revoked on the new server' on_laptop trustctl revoke alice --yes
holds 'she stays revoked there, whatever the old one sends' inside sh -c 'trustctl export | ssh 10.77.0.2 trustctl import - --yes || true'
holds 'and is refused' on_new attempt alice 550
holds 'but not by the old one' attempt alice 250
end_laptop
