# An attacker who has taken trustd over: our program (Tests/Machine/attack) in the place of /usr/sbin/trustd. For Tests/Machine/run.

install_attacker() {
    [ -e "$work/attack" ] || cc -O1 -Wall -o "$work/attack" Tests/Machine/attack/*.c -lsystemd -lcrypto || fail 'cannot compile the attacker'
    inside mv /usr/sbin/trustd /usr/sbin/trustd.real
    into /usr/sbin/trustd <"$work/attack"
    inside chmod 0755 /usr/sbin/trustd
    printf 'exim %s\nsystemd 1\njournal %s\n' "$(inside pgrep -o exim4)" "$(pid systemd-journald)" | into /var/lib/trustd/position/targets
    inside cp /root/alice.pem /var/lib/trustd/position/other.pem
    inside systemctl restart trustd
}
remove_attacker() {
    inside mv /usr/sbin/trustd.real /usr/sbin/trustd
    inside rm -f /var/lib/trustd/position/{targets,answer,other.pem}
    inside systemctl restart trustd
}
order() { # order WORDS: the attacker's answer
    printf '%s\n' "$*" | into /var/lib/trustd/position/.order
    inside mv /var/lib/trustd/position/.order /var/lib/trustd/position/order
    local end=$((SECONDS + 180))
    while [ "$SECONDS" -lt "$end" ]; do
        inside test -e /var/lib/trustd/position/order || { inside cat /var/lib/trustd/position/answer; return 0; }
        sleep 0.1
    done
    fail "the attacker does not obey: $*"
}
