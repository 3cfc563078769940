# The administrator's day: installation, setup, an attempt, approve with a reload through systemd, relaying.

install_quietly() {
    inside dpkg -i /root/trustd.deb >"$work/said" 2>&1 || { cat "$work/said"; return 1; }
    cat "$work/said"
    ! grep -i warning "$work/said"
}
holds 'the package installs, and dpkg has nothing to warn of' install_quietly
says_next() { tail -n 8 "$work/said" | grep -F '  on a relay:     trustctl setup'; }
holds 'it ends by saying what to type next' says_next
holds 'trustd runs and follows the log without another step' eventually follows
holds 'Exim runs' eventually inside systemctl is-active exim4
holds 'the package has a man page, completions and an example' inside ls /usr/share/man/man8/trustctl.8.gz \
    /usr/share/bash-completion/completions/trustctl /usr/share/doc/trustd/examples/log-elsewhere.conf
holds 'setup turns the stock Exim into a relay' inside trustctl setup --yes
client alice
holds 'an unknown client is refused' attempt alice 550
alice=$(fingerprint alice)
holds 'and pending, with its certificate' eventually lists pending CN=alice
# setup has reloaded Exim already.
reloads() { inside journalctl -u exim4 --no-pager | grep -ci reload || true; }
before=$(reloads)
holds 'approve' inside trustctl approve "$alice" --label alice --yes
reloaded() { [ "$(reloads)" -gt "$before" ]; }
holds 'the reload was a job of Exim'\''s unit' eventually reloaded
holds 'the client relays at once' attempt alice 250
doctor_is_silent() { # but for what it says after a second on a busy machine
    local said
    said=$(inside trustctl doctor 2>&1 | grep -v '^trustctl: waiting for ') || true
    echo "$said"
    [ -z "$said" ]
}
holds 'doctor is silent' doctor_is_silent
exposure=$(inside systemd-analyze security trustd 2>/dev/null | sed -n 's/.*exposure level for trustd.service: \([0-9.]*\).*/\1/p')
holds "systemd-analyze security: $exposure, at most 1.0" awk "BEGIN { exit !(\"$exposure\" != \"\" && $exposure <= 1.0) }"
