# Removal and purge: Exim is what it was before setup, or runs on with what it has; whatever was done by hand, is broken, or is gone.

# The relay is a client of its own too: two setups are there to be taken back.
inside sed -i "s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='smarthost'/; s/^dc_smarthost=.*/dc_smarthost='relay.example.org'/" \
    /etc/exim4/update-exim4.conf.conf
sed -i '/update-exim4.conf.conf$/d' "$work/before"
exim_is_as_before() { exim_files | sed '/update-exim4.conf.conf$/d' | cmp "$work/before" -; }
exim_starts() { inside systemctl restart exim4 && inside exim4 -bV && inside systemctl is-active exim4; }
says() { # says TEXT COMMAND…: it succeeds, and says TEXT
    local text=$1
    shift
    "$@" >"$work/said" 2>&1 || { cat "$work/said"; return 1; }
    cat "$work/said"
    grep -qF -- "$text" "$work/said"
}
holds 'Exim sends its mail to a smarthost' inside sh -c 'update-exim4.conf && systemctl reload exim4'
holds 'a client'\''s certificate' inside trustctl client new
holds 'the relay'\''s is pinned' inside trustctl client pin relay.example.org --expect-from /etc/trustd/exim/server.crt
holds 'client setup' inside trustctl client setup relay.example.org --yes

inside sh -c 'echo "nonsense = 1" >>/etc/trustd/trustd.conf'
cannot_be_removed() { ! says '' inside dpkg -r trustd && grep -F 'unknown key' "$work/said" && grep -F 'touch /etc/trustd/keep' "$work/said"; }
holds 'with a mistake in trustd.conf the package stays, and says why and what to do' cannot_be_removed
inside touch /etc/trustd/keep
holds 'done as it says, it is purged, and what Exim includes stays' says '/etc/trustd and /var/lib/trustctl stay' inside dpkg -P trustd
holds 'Exim starts' exim_starts
holds 'alice relays, for nobody has taken that back' attempt alice 250
inside rm /etc/trustd/keep
holds 'the package comes back' inside dpkg -i /root/trustd.deb

holds 'it can be removed' inside dpkg -r trustd
holds 'Exim runs without it' inside systemctl is-active exim4
holds 'nothing of setup is left' inside sh -c '! exim4 -bP macro RELAY_FROM_CERTS'
holds 'nobody relays' attempt alice 550
holds 'and purged; the client'\''s key stays, and it says so' says 'stays: /etc/trustd/client' inside dpkg -P trustd
holds 'Exim'\''s files are what they were, byte for byte' exim_is_as_before
inside rm -r /etc/trustd/client
nothing_is_left() {
    inside rmdir /etc/trustd
    gone /etc/trustd /var/lib/trustd /var/lib/trustctl /usr/sbin/trustd /usr/sbin/trustctl
}
holds 'no other file of ours is left' nothing_is_left

# README, Which list, (b): the list and its .include are older than setup; and the record is at another place than usual.
holds 'the package comes back' inside dpkg -i /root/trustd.deb
inside sh -c "echo RELAY_FROM_CERTS = $alice >/etc/trustd/relay_from_certs
    echo .include /etc/trustd/relay_from_certs >/etc/exim4/exim4.conf.localmacros
    echo ledger = /var/lib/elsewhere >>/etc/trustd/trustd.conf
    update-exim4.conf && systemctl reload exim4"
holds 'setup brings what a list that was there before lacks' inside trustctl setup --yes
holds 'alice relays' attempt alice 250
holds 'purged, the package leaves the list, and says who includes it' says /etc/exim4/exim4.conf.localmacros inside dpkg -P trustd
holds 'Exim starts with it' exim_starts
holds 'which is what it was' inside grep -qx "RELAY_FROM_CERTS = $alice" /etc/trustd/relay_from_certs
holds 'setup is taken back' attempt alice 550
inside sh -c 'rm -r /etc/exim4/exim4.conf.localmacros /etc/trustd /var/lib/trustctl /var/lib/elsewhere; update-exim4.conf'
holds 'Exim'\''s files are what they were' exim_is_as_before

holds 'the package comes back' inside dpkg -i /root/trustd.deb
holds 'setup again' inside sh -c 'systemctl restart exim4 && trustctl setup --yes'
holds 'Exim is removed' inside dpkg --force-depends -r exim4-daemon-light
holds 'without an Exim the package can be purged, and says so' says 'no exim found' inside dpkg -P trustd
holds 'Exim'\''s files are what they were, byte for byte' exim_is_as_before
holds 'no file of ours is left' gone /etc/trustd /var/lib/trustd /var/lib/trustctl /usr/sbin/trustd /usr/sbin/trustctl
