# The list in a folder, and back to a macro: decisions count at once, and Exim is not reloaded.

holds 'the list becomes a folder' inside trustctl setup --list folder --yes
holds 'alice still relays' attempt alice 250
holds 'the attack: trustd'\''s user cannot put a name into it' inside sh -c '! runuser -u trustd -- touch /etc/trustd/approved/x'
holds 'the attack: Exim'\''s user cannot either' inside sh -c '! runuser -u Debian-exim -- touch /etc/trustd/approved/x'
before=$(reloads)
client bob
holds 'an unknown client is refused' attempt bob 550
holds 'and pending' eventually lists pending CN=bob
bob=$(fingerprint bob)
holds 'approve' inside trustctl approve "$bob" --label bob --yes
holds 'the client relays at once' attempt bob 250
holds 'revoke' inside trustctl revoke bob --yes
holds 'the client is refused at once' attempt bob 550
not_reloaded() { [ "$(reloads)" = "$before" ]; }
holds 'Exim was not reloaded' not_reloaded
holds 'doctor is silent' doctor_is_silent
holds 'the list becomes a macro again' inside trustctl setup --list macro --yes
holds 'the folder is gone' gone /etc/trustd/approved
holds 'alice still relays' attempt alice 250
holds 'and bob does not' attempt bob 550
