# A second Debian, booted beside the relay: a client's host, whose Exim was installed with "local delivery only". A wire connects the two.
# And a third one, a second relay. For Tests/Machine/run.

laptop=
laptop_nspawn=
laptop_leader=
laptop_groups=()
boot_laptop() { # boot_laptop [NAME]
    local name=${1:-laptop}
    laptop=$work/$name
    mkdir "$laptop"
    copy_debian "$laptop" || return 1
    sed -i "s/dc_eximconfig_configtype=.*/dc_eximconfig_configtype='local'/; s/dc_smarthost=.*/dc_smarthost=''/
        s/dc_other_hostnames=.*/dc_other_hostnames='$name.example.org'/; s/dc_local_interfaces=.*/dc_local_interfaces='127.0.0.1 ; ::1'/" \
        "$laptop/root/etc/exim4/update-exim4.conf.conf"
    echo "$name.example.org" >"$laptop/root/etc/mailname"
    echo "$name" >"$laptop/root/etc/hostname"
    printf '%s\n' "127.0.1.1 $name.example.org $name" '10.77.0.1 relay.example.org' '10.79.0.2 second.example.org' >>"$laptop/root/etc/hosts"
    cp "$PACKAGE" "$laptop/root/root/trustd.deb"
    local root=$laptop/root machine=$name nspawn='' leader='' groups=()
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
# Exim takes mail from elsewhere, as on a server. Usage: make_server COMMAND, which runs there what is behind it.
make_server() {
    "$1" sh -c "
        sed -i \"s/^dc_eximconfig_configtype=.*/dc_eximconfig_configtype='internet'/; s/^dc_local_interfaces=.*/dc_local_interfaces=''/\" \
            /etc/exim4/update-exim4.conf.conf && update-exim4.conf && systemctl restart exim4"
}

second=
second_nspawn=
second_leader=
second_groups=()
boot_second() {
    local laptop laptop_nspawn laptop_leader laptop_groups
    boot_laptop second || return 1
    second=$laptop second_nspawn=$laptop_nspawn second_leader=$laptop_leader second_groups=(${laptop_groups[@]+"${laptop_groups[@]}"})
}
# Wires to the relay and to the laptop.
connect_second() {
    ip link add wire-second netns "$leader" type veth peer name wire-relay netns "$second_leader"
    ip link add wire-second netns "$laptop_leader" type veth peer name wire-laptop netns "$second_leader"
    nsenter -t "$leader" -n sh -c 'ip address add 10.78.0.1/24 dev wire-second && ip link set wire-second up'
    nsenter -t "$laptop_leader" -n sh -c 'ip address add 10.79.0.1/24 dev wire-second && ip link set wire-second up'
    nsenter -t "$second_leader" -n sh -c 'ip address add 10.78.0.2/24 dev wire-relay && ip link set wire-relay up
        ip address add 10.79.0.2/24 dev wire-laptop && ip link set wire-laptop up'
}
end_second() {
    [ -n "$second" ] || return 0
    local laptop=$second laptop_nspawn=$second_nspawn laptop_groups=(${second_groups[@]+"${second_groups[@]}"})
    second=
    end_laptop
}
on_second() {
    local leader=$second_leader
    inside "$@"
}
