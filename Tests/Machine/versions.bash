# Upgrade from version 0.1.0 and back to it, with what each of the two has really made. PREVIOUS=FILE.deb is its package:
#     PREVIOUS=$(Tests/Machine/previous) Tests/Machine/run bookworm versions

cp "${PREVIOUS:?is the package of version 0.1.0}" "$root/root/previous.deb"
holds 'the package of this version is purged' inside sh -c 'dpkg -P trustd && rm -rf /etc/trustd'
holds 'version 0.1.0 is installed' inside dpkg -i /root/previous.deb
holds 'it says so' inside sh -c 'trustctl --version | grep -x 0.1.0'
holds 'its setup turns Exim into a relay' inside trustctl setup --yes
for one in alice bob fred; do
    [ "$one" = alice ] || client "$one"
    holds "$one is refused" attempt "$one" 550
    holds 'and pending' eventually lists pending "$(fingerprint "$one")"
done
holds 'alice is approved' inside trustctl approve "$alice" --label alice --yes
holds 'fred is denied' inside trustctl deny "$(fingerprint fred)" --yes
holds 'alice relays' attempt alice 250

before=$(pid)
holds 'this version is installed over it' inside dpkg -i /root/trustd.deb
holds 'trustd is restarted, and follows the log' eventually restarted "$before"
holds 'alice still relays' attempt alice 250
holds 'bob is still pending' lists pending CN=bob
holds 'the ledger is whole' inside trustctl history --verify
holds 'doctor says that the rules are older' inside sh -c 'trustctl doctor | grep rules-outdated'
holds 'setup brings the new ones' inside trustctl setup --yes
holds 'alice still relays' attempt alice 250
holds 'doctor is silent' doctor_is_silent
holds 'bob is approved until a date, with a note' inside trustctl approve "$(fingerprint bob)" --label bob --for 90d --note 'for a while' --yes
holds 'bob relays' attempt bob 250
client eve
holds 'eve is refused' attempt eve 550
holds 'and pending' eventually lists pending CN=eve
holds 'eve comes in the place of bob' inside trustctl approve "$(fingerprint eve)" --replaces bob --yes
holds 'eve is revoked with her key' inside trustctl revoke bob --yes

before=$(pid)
holds 'version 0.1.0 is installed again' inside dpkg -i --force-downgrade --force-confold /root/previous.deb
holds 'trustd is restarted, and follows the log' eventually restarted "$before"
holds 'alice still relays' attempt alice 250
for one in bob eve; do holds "$one does not" attempt "$one" 550; done
holds 'the ledger is whole for it' inside sh -c 'trustctl history --verify | grep "the ledger is whole: 7 decisions"'
holds 'zoe comes' client zoe
holds 'zoe is refused' attempt zoe 550
holds 'and pending' eventually lists pending CN=zoe
holds 'version 0.1.0 approves zoe' inside trustctl approve "$(fingerprint zoe)" --label zoe --yes
holds 'zoe relays' attempt zoe 250
holds 'it revokes alice' inside trustctl revoke alice --yes
holds 'alice is refused' attempt alice 550

before=$(pid)
holds 'this version is installed once more' inside dpkg -i --force-confold /root/trustd.deb
holds 'trustd is restarted, and follows the log' eventually restarted "$before"
holds 'the ledger is whole with what version 0.1.0 has written' inside sh -c 'trustctl history --verify | grep "9 decisions"'
holds 'zoe still relays' attempt zoe 250
holds 'alice does not' attempt alice 550
holds 'doctor is silent' doctor_is_silent

# What version 0.1.0 does not know: docs/backup.md tells what to do before.
holds 'trustd.conf gets a newer key' inside sh -c 'echo "renew = propose" >>/etc/trustd/trustd.conf'
holds 'with it version 0.1.0 is installed' inside dpkg -i --force-downgrade --force-confold /root/previous.deb
holds 'its trustctl names the key' inside sh -c 'trustctl list 2>&1 | grep "unknown key .*renew"'
holds 'zoe relays all the same' attempt zoe 250
holds 'without the key all is as before' inside sh -c 'sed -i "/^renew = /d" /etc/trustd/trustd.conf && systemctl restart trustd && trustctl list'
holds 'zoe still relays' attempt zoe 250
