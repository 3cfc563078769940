# Removal and purge: Exim is what it was before setup.

holds 'the package can be removed' inside dpkg -r trustd
holds 'Exim runs without it' inside systemctl is-active exim4
holds 'nothing of setup is left' inside sh -c '! exim4 -bP macro RELAY_FROM_CERTS'
holds 'nobody relays' attempt alice 550
holds 'and purged' inside dpkg -P trustd
exim_files >"$work/after"
holds 'Exim'\''s files are what they were, byte for byte' cmp "$work/before" "$work/after"
holds 'no file of ours is left' gone /etc/trustd /var/lib/trustd /var/lib/trustctl /usr/sbin/trustd /usr/sbin/trustctl
