# A fleet of this relay and a console, which is on the same machine with a configuration of its own. For Tests/Machine/run.

console='--config /root/console/trustd.conf'
# make_fleet NAME KEY: the console's key, and the first decision; both are in /root. $genesis is the fleet from then on.
make_fleet() {
    inside sh -c 'mkdir -p /root/console && echo "ledger = /root/console/ledger" >/root/console/trustd.conf
        ssh-keygen -q -t ed25519 -N "" -C root@safe -f "/root/$1"' sh "$2"
    genesis=$(inside trustctl fleet init "$1" --key "/root/$2.pub" --output "/root/$1.pack" 2>&1 | grep -oE '[0-9A-F]{64}' | head -n 1)
    fleet=/root/$1.pack
    [ -n "$genesis" ]
}
join_fleet() { # join_fleet OPTIONS…
    inside trustctl fleet join "$fleet" --genesis "$genesis" --head "$genesis" --yes "$@" >"$work/joined" 2>&1 ||
        { cat "$work/joined"; return 1; }
}
# The words behind `trustctl fleet member add`, as the relay has printed them.
member_line() { sed -n 's/^ *trustctl fleet member add //p' "$work/joined"; }
random_fingerprint() { head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' | tr a-f A-F; }
