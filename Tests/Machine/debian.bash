# The Debian that each run copies: debootstrap, Exim, and a client with certificates. For Tests/Machine/run.

require_machine() {
    [ "$(id -u)" = 0 ] || skip 'needs root'
    unshare --mount --pid --net --fork true 2>/dev/null || skip 'namespaces are not permitted on this machine'
    local tool missing=''
    for tool in debootstrap:debootstrap systemd-nspawn:systemd-container nsenter:util-linux unshare:util-linux ip:iproute2 cc:gcc; do
        command -v "${tool%:*}" >/dev/null || missing="$missing ${tool#*:}"
    done
    [ -e /usr/include/systemd/sd-bus.h ] || missing="$missing libsystemd-dev"
    [ -z "$missing" ] && return
    say "installing$missing"
    # shellcheck disable=SC2086 # the list is words
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install $missing; } \
        >/dev/null 2>"${TMPDIR:-/tmp}/machine-install" ||
        skip "cannot install$missing: $(tail -n 1 "${TMPDIR:-/tmp}/machine-install")"
}

# In two steps: in one step, systemd of Debian 13 cannot be configured. No service starts in it.
make_debian() {
    say "making a Debian $release, which is kept; this takes a minute or two"
    rm -rf "$base"
    mkdir -p "$base"
    timeout 900 debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus "$release" "$base" \
        "$(Tests/debian-mirror)" >"$base.log" 2>&1 || skip "cannot make a Debian $release: $(tail -n 1 "$base.log")"
    printf '#!/bin/sh\nexit 101\n' >"$base/usr/sbin/policy-rc.d"
    chmod +x "$base/usr/sbin/policy-rc.d"
    cp /etc/apt/apt.conf.d/*proxy* "$base/etc/apt/apt.conf.d/" 2>/dev/null || true
    unshare --mount --pid --fork chroot "$base" sh -c 'mount -t proc proc /proc
        DEBIAN_FRONTEND=noninteractive timeout 900 apt-get -q -y --no-install-recommends install \
            logrotate ca-certificates procps openssl exim4-daemon-light swaks libnet-ssleay-perl openssh-server openssh-client rsync postgresql && systemctl disable postgresql' \
        >>"$base.log" 2>&1 || skip "cannot install Exim in it: $(tail -n 1 "$base.log")"
    rm "$base/usr/sbin/policy-rc.d"
    touch "$base/.complete"
}
