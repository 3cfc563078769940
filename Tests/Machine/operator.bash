# What an operator sees: a terminal, and his mail. For Tests/Machine/run.

# A terminal of 80 by 24 in which that command runs in the machine, over ssh.
terminal="tmux -L trustd-machine.$$"
on_terminal() {
    $terminal new-session -d -x 80 -y 24 \
        "nsenter -t $leader -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=xterm ssh -t 127.0.0.1 $*; sleep 5"
}
screen() { $terminal capture-pane -p | tee "$work/screen" | grep -F -- "$1"; }
screen_holds() { # screen_holds TEXT...: all of these are on the screen at the same time
    local text
    for text; do screen "$text" >/dev/null || { cat "$work/screen"; return 1; }; done
}
asks_about() { # asks_about DIGITS: the whole fingerprint stands above the question
    screen_holds 'Let this certificate relay?' && tr -cd '0-9A-F' <"$work/screen" | grep -F "$1"
}
# Waits for the end: who begins another one before it is told "server exited unexpectedly".
end_terminal() {
    local server
    server=$($terminal display-message -p '#{pid}' 2>/dev/null) || return 0
    $terminal kill-server 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$server" 2>/dev/null || return 0
        sleep 0.05
    done
}

# Debian's Exim delivers the mail to a mailbox of this machine.
mailbox=
make_mailbox() { # make_mailbox USER: whom trustctl tells from now on
    mailbox=/var/mail/$1
    inside useradd --create-home "$1"
    inside sh -c 'printf "notify_to = %s@localhost\nnotify_every = 1s\n" "$1" >>/etc/trustd/trustd.conf' sh "$1"
}
end_mailbox() {
    inside sh -c 'systemctl disable --now trustctl-notify.timer; sed -i "/^notify_/d" /etc/trustd/trustd.conf; userdel "${1##*/}"' sh "$mailbox"
}
told() { inside systemctl start trustctl-notify.service || { inside journalctl -u trustctl-notify --no-pager | tail -n 20; return 1; }; }
mail_says() { inside grep -xF "$1" "$mailbox"; }
mails() { inside grep -c '^Message-ID: <trustd\.' "$mailbox" || true; }
