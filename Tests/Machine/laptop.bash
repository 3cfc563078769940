# A second Debian, booted beside the relay: a client's host, whose Exim was installed with "local delivery only". A wire connects the two.
# For Tests/Machine/run.

laptop=
laptop_nspawn=
laptop_leader=
laptop_groups=()
boot_laptop() {
    laptop=$work/laptop
    mkdir "$laptop"
    copy_debian "$laptop" || return 1
    sed -i "s/dc_eximconfig_configtype=.*/dc_eximconfig_configtype='local'/; s/dc_smarthost=.*/dc_smarthost=''/
        s/dc_other_hostnames=.*/dc_other_hostnames='laptop.example.org'/; s/dc_local_interfaces=.*/dc_local_interfaces='127.0.0.1 ; ::1'/" \
        "$laptop/root/etc/exim4/update-exim4.conf.conf"
    echo laptop.example.org >"$laptop/root/etc/mailname"
    echo laptop >"$laptop/root/etc/hostname"
    printf '%s\n' '127.0.1.1 laptop.example.org laptop' '10.77.0.1 relay.example.org' >>"$laptop/root/etc/hosts"
    cp "$PACKAGE" "$laptop/root/root/trustd.deb"
    local root=$laptop/root machine=laptop nspawn='' leader='' groups=()
    boot
    laptop_nspawn=$nspawn laptop_leader=$leader laptop_groups=(${groups[@]+"${groups[@]}"})
}
connect_laptop() {
    ip link add wire-relay netns "$leader" type veth peer name wire-laptop netns "$laptop_leader"
    nsenter -t "$leader" -n sh -c 'ip address add 10.77.0.1/24 dev wire-relay && ip link set wire-relay up'
    nsenter -t "$laptop_leader" -n sh -c 'ip address add 10.77.0.2/24 dev wire-laptop && ip link set wire-laptop up'
}
end_laptop() {
    [ -n "$laptop" ] || return 0
    local nspawn=$laptop_nspawn leader=$laptop_leader groups=(${laptop_groups[@]+"${laptop_groups[@]}"})
    [ -z "$nspawn" ] || cut_power
    remove_groups
    umount "$laptop/root" 2>/dev/null || true
    rm -rf "$laptop"
    laptop=
}
on_laptop() {
    local leader=$laptop_leader
    inside "$@"
}
