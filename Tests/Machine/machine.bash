# Shared by all topics: booting and ending the machine, and the functions that check and report. For Tests/Machine/run.

count=0
skipped=0
say() { echo "machine: $*"; }
skip() { # skip REASON: the whole run; with CI=true that is a failure
    [ "${CI:-}" != true ] || fail "must not be skipped with CI=true: $1"
    say "SKIPPED: $1"
    exit 0
}
skip_one() { # skip_one SENTENCE: one check that this machine cannot make
    say "SKIPPED: $1"
    skipped=$((skipped + 1))
}
fail() {
    say "NOT OK: $*" >&2
    exit 1
}
holds() { # holds SENTENCE COMMAND…: the command succeeds
    local sentence=$1
    shift
    if "$@" >"$work/output" 2>&1; then say "ok: $sentence"; else
        say "NOT OK: $sentence: $*"
        tail -n 30 "$work/output"
        exit 1
    fi
    count=$((count + 1))
}
eventually() { # eventually COMMAND…: the command succeeds within a minute
    local end=$((SECONDS + 60))
    until "$@" >"$work/output" 2>&1; do [ "$SECONDS" -lt "$end" ] || return 1; sleep 0.1; done
}
not() { ! "$@"; }

# copy_debian FOLDER: a fresh copy in FOLDER/root. What is written goes into a layer over the base, which stays unchanged.
copy_debian() {
    mkdir "$1/upper" "$1/work" "$1/root"
    mount -t overlay -o "lowerdir=$base,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
}
make_machine() {
    work=$(mktemp -d /var/tmp/trustd-machine.XXXXXX)
    trap end_machine EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    copy_debian "$work" || skip 'no overlay file systems here'
    root=$work/root
    sed -i "s/dc_eximconfig_configtype=.*/dc_eximconfig_configtype='internet'/; s/dc_local_interfaces=.*/dc_local_interfaces=''/" \
        "$root/etc/exim4/update-exim4.conf.conf"
    echo relay.example.org >"$root/etc/mailname"
    echo relay >"$root/etc/hostname"
    echo '127.0.1.1 relay.example.org relay' >>"$root/etc/hosts"
    cp "$PACKAGE" "$root/root/trustd.deb"
    cp "${PACKAGE%/*}/$(basename "$PACKAGE" | sed 's/^trustd_/trustsync_/')" "$root/root/trustsync.deb"
    exim_files >"$work/before"
}
nspawn=
leader=
end_machine() {
    end_terminal
    end_second
    end_laptop
    [ -z "$nspawn" ] || cut_power
    remove_groups
    umount "$work/root" 2>/dev/null || true
    rm -rf "$work"
}
# MemoryMax and TasksMax need control groups that the machine's systemd may create. With control groups v1, nspawn passes them on read-only:
# then it runs in its own groups, and the machine may write below those.
machine=relay
groups=()
make_groups() {
    groups=()
    local controller group
    for controller in memory pids; do
        group=/sys/fs/cgroup/$controller$(sed -n "s/^[0-9]*:$controller://p" /proc/self/cgroup)
        [ -e "/sys/fs/cgroup/$controller/cgroup.procs" ] || continue
        if mkdir -p "${group%/}/trustd-$machine.$$" 2>/dev/null; then groups+=("${group%/}/trustd-$machine.$$"); fi
    done
}
open_groups() {
    if [ "${#groups[@]}" -gt 0 ]; then
        nsenter -t "$leader" -m -C sh -c 'for one in memory pids; do mount -n -o remount,bind,rw "/sys/fs/cgroup/$one"; done' || true
        inside systemctl daemon-reexec || true
    fi
}
remove_groups() {
    local group
    for group in ${groups[@]+"${groups[@]}"}; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
}
boot() {
    make_groups
    # shellcheck disable=SC2016 # the shell that is started expands it
    bash -c 'for group in $1; do echo $$ >"$group/cgroup.procs"; done
        exec systemd-nspawn --quiet --directory="$2" --machine="trustd-$3" --boot --register=no --keep-unit --private-network --console=pipe' \
        bash "${groups[*]}" "$root" "$machine" >>"$work/console" 2>&1 &
    nspawn=$!
    leader=
    local state='' end=$((SECONDS + 300))
    while [ "$SECONDS" -lt "$end" ]; do
        kill -0 "$nspawn" 2>/dev/null || no_boot "it ended: $(tail -n 1 "$work/console")"
        leader=$(pgrep -P "$nspawn" | head -n 1 || true)
        # "degraded" is good enough: a container has no hardware clock.
        state=$([ -z "$leader" ] || inside systemctl is-system-running 2>/dev/null || true)
        case $state in running | degraded) open_groups; return ;; esac
        sleep 0.1
    done
    no_boot "after five minutes its state is ${state:-unknown}"
}
# If the first boot fails, this machine does not allow it. After one successful boot, every boot must succeed.
no_boot() { if [ "$count" = 0 ]; then skip "systemd does not boot here: $1"; else fail "it does not boot again: $1"; fi; }
# The power fails: no process in the machine can do anything more. Killing its first process takes all others with it; killing nspawn would
# leave them.
cut_power() {
    local first
    first=$(pgrep -P "$nspawn" || true)
    # shellcheck disable=SC2086 # numbers
    kill -KILL ${first:-$nspawn} 2>/dev/null || true
    wait "$nspawn" 2>/dev/null || true
    nspawn=
    leader=
}
inside() { nsenter -t "$leader" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "$@" </dev/null; }
into() { # into PATH: writes standard input to that file in the machine
    nsenter -t "$leader" -a env -i PATH=/usr/bin:/bin sh -c 'mkdir -p "$(dirname "$1")" && cat >"$1"' sh "$1"
}

# let_root_in ADDRESS ROOT: root of the machine gets in there by ssh, into the Debian whose files are in ROOT, and knows its key.
let_root_in() {
    inside sh -c '[ -e /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519' || return 1
    mkdir -p -m 700 "$2/root/.ssh"
    cat "$root/root/.ssh/id_ed25519.pub" >>"$2/root/.ssh/authorized_keys"
    echo "$1 $(cut -d' ' -f1,2 "$2/etc/ssh/ssh_host_ed25519_key.pub")" >>"$root/root/.ssh/known_hosts"
    eventually inside ssh -o BatchMode=yes "$1" true
}

# The files that setup may change and removal must restore.
exim_files() { (cd "$root" && find etc/exim4 var/lib/exim4 -type f -exec sha256sum {} + 2>/dev/null | grep -v autogenerated | sort); }

# Clients.
client() { # client NAME: makes a key and a certificate
    inside openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "/root/$1.key" -out "/root/$1.pem" \
        -days 365 -subj "/CN=$1" 2>/dev/null
}
fingerprint() { inside openssl x509 -in "/root/$1.pem" -noout -fingerprint -sha256 | cut -d= -f2 | tr -d ':\n'; }
attempt() { # attempt NAME CODE: a client with that certificate gets that reply for a foreign recipient
    local said
    said=$(inside swaks --server 127.0.0.1:25 --local-interface 127.0.0.2 --tls --tls-cert "/root/$1.pem" --tls-key "/root/$1.key" \
        -f a@client.example -t b@remote.example --quit-after RCPT || true)
    echo "$said"
    grep -E '^<[~*-]' <<<"$said" | grep -E '(250 Acc|550)' | grep "$2"
}

# trustd and trustctl.
lists() { grep "$2" <<<"$(inside trustctl list --state "$1")"; } # lists STATE TEXT
follows() { grep 'Status: "following /var/log/exim4/mainlog' <<<"$(inside systemctl status trustd)"; }
shown() { inside systemctl show -p "$1" --value "${2:-trustd}"; }
pid() { shown MainPID "${1:-trustd}"; }
reboot() { # goes down as by an administrator, and comes up again
    say 'rebooting'
    inside systemctl poweroff || true
    wait "$nspawn" || true
    nspawn=
    leader=
    boot
}
status_of() { # status_of NUMBER COMMAND…: ends with that exit status
    local wanted=$1 status=0
    shift
    "$@" || status=$?
    [ "$status" = "$wanted" ] || { echo "it ended with $status"; return 1; }
}
trusted() { inside sh -c "exim4 -bP macro RELAY_FROM_CERTS | grep -oE '[0-9A-F]{64}' | sort" || true; }
restarted() { # restarted PID: trustd has another pid, and follows the log
    local now
    now=$(pid)
    [ "${now:-0}" != 0 ] && [ "$now" != "$1" ] && follows
}
gone() { # gone PATH…: none of them exists in the machine
    inside sh -c 'for one; do [ ! -e "$one" ] && [ ! -L "$one" ] || { echo "$one"; exit 1; }; done' sh "$@"
}
