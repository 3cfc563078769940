# Upgrade to the next version of the package: everything is kept.

inside trustctl approve "$alice" --label alice --yes >/dev/null 2>&1
client fred
inside trustctl deny "$(fingerprint fred)" --reason 'not ours' --yes >/dev/null 2>&1
client erin
holds 'a client is refused before the upgrade' attempt erin 550
holds 'and pending' eventually lists pending CN=erin
rm -rf "$work/next"
dpkg-deb -R "$PACKAGE" "$work/next"
old=$(sed -n 's/^Version: //p' "$work/next/DEBIAN/control")
sed -i 's/^Version: .*/&+next1/' "$work/next/DEBIAN/control"
dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/next" "$root/root/next.deb" >/dev/null
inside sh -c 'printf "\n# mine\nmax_pending = 9000\n" >>/etc/trustd/trustd.conf'
kept() {
    inside sh -ec 'find /etc/trustd /etc/exim4 /var/lib/trustctl -type f ! -name lock | sort | xargs sha256sum'
    trusted
}
kept >"$work/kept"
for one in /etc/trustd/exim/ /etc/exim4/exim4.conf.localmacros /var/lib/trustctl/ledger "/var/lib/trustctl/denied/$(fingerprint fred)" "^$alice"; do
    holds "the files to keep include $one" grep "$one" "$work/kept"
done
before=$(pid)
upgraded() { inside dpkg -i /root/next.deb >"$work/said" 2>&1 || { cat "$work/said"; return 1; }; }
holds "the package is upgraded from $old" upgraded
holds 'an upgrade has nothing to say' not grep -F 'trustctl setup' "$work/said"
holds 'the new version is higher' inside sh -c "dpkg --compare-versions \"\$(dpkg-query -Wf '\${Version}' trustd)\" gt $old"
holds 'trustd is restarted, and follows the log' eventually restarted "$before"
kept >"$work/kept.after"
holds 'configuration, list, ledger, denials and setup are unchanged' cmp "$work/kept" "$work/kept.after"
holds 'pending entries are still pending' lists pending CN=erin
holds 'decisions are still in the ledger' inside sh -c 'trustctl history | grep -q "approve by root"'
holds 'alice still relays' attempt alice 250
holds 'doctor is silent' doctor_is_silent

# And back: the package of before, with what its successor has left.
before=$(pid)
holds "the package of before, $old, is installed again" inside dpkg -i --force-downgrade /root/trustd.deb
holds 'it has the lower version' inside sh -c "[ \"\$(dpkg-query -Wf '\${Version}' trustd)\" = $old ]"
holds 'trustd is restarted, and follows the log' eventually restarted "$before"
kept >"$work/kept.back"
holds 'configuration, list, ledger, denials and setup are unchanged' cmp "$work/kept" "$work/kept.back"
holds 'pending entries are still pending' lists pending CN=erin
holds 'the ledger is whole' inside trustctl history --verify
holds 'alice still relays' attempt alice 250
holds 'doctor is silent' doctor_is_silent
