# Removal and purge: Exim's files are restored, or Exim runs on with what it includes, also after hand edits, mistakes and a removed Exim.

holds 'decisions are exported for the new server' inside sh -c 'trustctl export >/root/decisions && grep -q approved /root/decisions'

# The relay is also a client of itself, so there are two setups to remove.
inside sed -i "s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='smarthost'/; s/^dc_smarthost=.*/dc_smarthost='relay.example.org'/" \
    /etc/exim4/update-exim4.conf.conf
sed -i '/update-exim4.conf.conf$/d' "$work/before"
exim_is_as_before() { exim_files | sed '/update-exim4.conf.conf$/d' | cmp "$work/before" -; }
exim_starts() { inside systemctl restart exim4 && inside exim4 -bV && inside systemctl is-active exim4; }
says() { # says TEXT COMMAND…: the command succeeds, and prints TEXT
    local text=$1
    shift
    "$@" >"$work/said" 2>&1 || { cat "$work/said"; return 1; }
    cat "$work/said"
    grep -qF -- "$text" "$work/said"
}
holds 'Exim sends its mail to a smarthost' inside sh -c 'update-exim4.conf && systemctl reload exim4'
holds 'client new makes a certificate' inside trustctl client new
holds 'client pin pins the relay' inside trustctl client pin relay.example.org --expect-from /etc/trustd/exim/server.crt
holds 'client setup succeeds' inside trustctl client setup relay.example.org --yes

inside sh -c 'echo "nonsense = 1" >>/etc/trustd/trustd.conf'
cannot_be_removed() { ! says '' inside dpkg -r trustd && grep -F 'unknown key' "$work/said" && grep -F 'touch /etc/trustd/keep' "$work/said"; }
holds 'with a mistake in trustd.conf the package cannot be removed, and says what to do' cannot_be_removed
inside touch /etc/trustd/keep
holds 'after that it can be purged, and the files that Exim includes stay' says '/etc/trustd and /var/lib/trustctl stay' inside dpkg -P trustd
holds 'Exim starts' exim_starts
holds 'alice still relays, because setup was not removed' attempt alice 250
inside rm /etc/trustd/keep
holds 'the package is installed again' inside dpkg -i /root/trustd.deb

holds 'it can be removed' inside dpkg -r trustd
holds 'Exim still runs' inside systemctl is-active exim4
holds 'setup is removed from Exim'\''s configuration' inside sh -c '! exim4 -bP macro RELAY_FROM_CERTS'
holds 'alice no longer relays' attempt alice 550
holds 'purging says that the client'\''s key stays' says 'stays: /etc/trustd/client' inside dpkg -P trustd
holds 'Exim'\''s files are as before setup, byte for byte' exim_is_as_before
inside rm -r /etc/trustd/client
nothing_is_left() {
    inside rmdir /etc/trustd
    gone /etc/trustd /var/lib/trustd /var/lib/trustctl /var/lib/trustsync /usr/sbin/trustd /usr/sbin/trustctl
}
holds 'no other file of ours is left' nothing_is_left

# The list and its .include are older than setup, and the record of setup is in an unusual place.
holds 'the package is installed again' inside dpkg -i /root/trustd.deb
inside sh -c "echo RELAY_FROM_CERTS = $alice >/etc/trustd/relay_from_certs
    echo .include /etc/trustd/relay_from_certs >/etc/exim4/exim4.conf.localmacros
    echo ledger = /var/lib/elsewhere >>/etc/trustd/trustd.conf
    update-exim4.conf && systemctl reload exim4"
holds 'setup adds what an existing list lacks' inside trustctl setup --yes
holds 'alice relays' attempt alice 250
holds 'purging leaves the list, and says which file includes it' says /etc/exim4/exim4.conf.localmacros inside dpkg -P trustd
holds 'Exim starts with it' exim_starts
holds 'the list is unchanged' inside grep -qx "RELAY_FROM_CERTS = $alice" /etc/trustd/relay_from_certs
holds 'setup is removed, and alice is refused' attempt alice 550
inside sh -c 'rm -r /etc/exim4/exim4.conf.localmacros /etc/trustd /var/lib/trustctl /var/lib/elsewhere; update-exim4.conf'
holds 'Exim'\''s files are as before' exim_is_as_before

holds 'the package is installed again' inside dpkg -i /root/trustd.deb
holds 'setup makes a list in a folder' inside sh -c 'systemctl restart exim4 && trustctl setup --list folder --yes'
holds 'the decisions of the old server are imported' inside trustctl import /root/decisions --yes
holds 'with the label' inside sh -c 'trustctl list --state approved | grep -q alice'
holds 'alice relays' attempt alice 250
holds 'the package can be purged' inside dpkg -P trustd
holds 'Exim starts' exim_starts
holds 'alice is refused' attempt alice 550
holds 'Exim'\''s files are as before setup, byte for byte' exim_is_as_before
holds 'no file of ours is left' gone /etc/trustd /var/lib/trustd /var/lib/trustctl /var/lib/trustsync /usr/sbin/trustd /usr/sbin/trustctl

holds 'the package is installed again' inside dpkg -i /root/trustd.deb
holds 'setup succeeds again' inside sh -c 'systemctl restart exim4 && trustctl setup --yes'
holds 'Exim is removed' inside dpkg --force-depends -r exim4-daemon-light
holds 'without Exim the package can be purged, and says that Exim is missing' says 'no exim found' inside dpkg -P trustd
holds 'Exim'\''s files are as before setup, byte for byte' exim_is_as_before
holds 'no file of ours is left' gone /etc/trustd /var/lib/trustd /var/lib/trustctl /var/lib/trustsync /usr/sbin/trustd /usr/sbin/trustctl
