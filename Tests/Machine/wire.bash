# A second relay of the fleet, another booted Debian, which reaches the database over a wire; the wire is cut, and healed. From sync.bash.

holds 'a second Debian boots: the relay mx2' boot_laptop
holds 'a wire connects it' connect_laptop
on_mx2() { # on_mx2 COMMAND…: a function or program, as on mx2
    local leader=$laptop_leader
    "$@"
}
join_mx2() {
    cp "$PACKAGE" "$laptop/root/root/trustd.deb"
    cp "$root/root/trustsync.deb" "$root$fleet" "$root/root/papers.d/ca.pem" "$laptop/root/root/"
    on_mx2 inside sh -c '
        exec 2>&1
        sed -i "s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype=\x27internet\x27/; s/^dc_local_interfaces=.*/dc_local_interfaces=\x27\x27/" \
            /etc/exim4/update-exim4.conf.conf && update-exim4.conf && systemctl restart exim4 &&
        dpkg -i /root/trustd.deb /root/trustsync.deb && trustctl setup --yes && systemctl restart trustd' &&
        on_mx2 join_fleet --member mx2 --database "$database" && member=$(member_line)
}
# What the administrator of the database does with the request, by the command that join has printed.
certify_mx2() {
    cp "$laptop/root/etc/trustd/fleet/client.csr" "$root/root/papers.d/" &&
        inside sh -c 'cd /root/papers.d && openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out mx2.pem' &&
        cp "$root/root/papers.d/mx2.pem" "$laptop/root/root/" &&
        on_mx2 join_fleet --member mx2 --database "$database" --database-ca /root/ca.pem --database-certificate /root/mx2.pem
}
database='host=db.example.org hostaddr=10.77.0.1 dbname=fleet'
holds 'mx2 is set up, and joins with a key of its own' join_mx2
holds 'without a certificate no trustsync runs there' not on_mx2 inside systemctl is-active --quiet trustsync
holds 'with the certificate of its request' certify_mx2
holds 'join has started trustsync' on_mx2 inside systemctl is-active --quiet trustsync
holds 'it looks more often than usual, for this test' on_mx2 inside sh -c 'echo "poll = 5s" >>/etc/trustd/fleet.conf; systemctl restart trustsync'
# shellcheck disable=SC2046,SC2086
holds 'the console adds it' status_of 75 inside trustctl fleet member add $member --sign-with /root/db-safe.pub --wait-fleet 0 $console
holds 'two relays are live' eventually live '2 of 2'

client carol
cp "$root/root/carol.key" "$root/root/carol.pem" "$laptop/root/root/"
carol=$(fingerprint carol)
holds 'both refuse a new client' attempt carol 550
holds 'mx2 too' on_mx2 attempt carol 550
holds 'the console approves her once' status_of 75 decide_here approve "$carol"
holds 'and carries' carry
holds 'she relays by the first' eventually attempt carol 250
holds 'and by mx2' eventually on_mx2 attempt carol 250
holds 'the console knows' eventually live '2 of 2'

cut_wire() { nsenter -t "$leader" -n ip link set wire-relay down; }
heal_wire() { nsenter -t "$leader" -n ip link set wire-relay up; }
holds 'the wire is cut' cut_wire
holds 'the console revokes meanwhile' status_of 70 decide_here revoke "$carol"
holds 'and carries' carry
holds 'the first relay refuses her' eventually attempt carol 550
holds 'mx2, which nobody reaches, still lets her in' on_mx2 attempt carol 250
holds 'the console names who is behind' eventually live '1 of 2'
holds 'the wire is whole again' heal_wire
holds 'mx2 refuses her, by itself' eventually on_mx2 attempt carol 550
holds 'and the console knows' eventually live '2 of 2'
holds 'mx2 agrees with what was signed' on_mx2 inside trustctl fleet verify
end_laptop
