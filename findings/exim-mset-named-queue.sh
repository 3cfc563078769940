#!/bin/sh
# Exim 4.96 (Debian 12): `exim -be` cannot be given a message of a queue that has a name.
#
# `exim -Mset ID -be '$sender_address'` expands with what Exim keeps of a waiting message. For a message that an ACL has put into another
# queue (`queue = later`) it needs the queue's name, as all other commands do: `exim -qGlater -Mf ID` freezes it, and without the name that
# fails too. But -qG beside -Mset is refused, so such a message can be listed, frozen and deleted, and never be asked about.
#
# Seen with exim4-daemon-light 4.96-15+deb12u10:
#
#     $ exim4 -C t.conf -Mset 1xXSE9-0000tu-2z -be '$sender_address'
#     Failed to load message datafile 1xXSE9-0000tu-2z
#     Failed to load message 1xXSE9-0000tu-2z
#     $ exim4 -C t.conf -qGlater -Mset 1xXSE9-0000tu-2z -be '$sender_address'
#     exim: incompatible command-line options or arguments
#     $ exim4 -C t.conf -Mf 1xXSE9-0000tu-2z
#     Spool data file for 1xXSE9-0000tu-2z does not exist
#     $ exim4 -C t.conf -qGlater -Mf 1xXSE9-0000tu-2z
#     Message 1xXSE9-0000tu-2z is now frozen
#
# Whoever needs a variable of every waiting message must read the spool. Needs root, apt and the Debian 12 archive; ends with 0 while Exim
# behaves so.
set -eu
version=4.96-15+deb12u10
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
# Exim, and the libraries of which a small Debian may lack some.
apt-get -qq download "exim4-daemon-light=$version" libidn12 libpcre2-8-0 libdb5.3 libgnutls-dane0 libunbound8 libevent-2.1-7 libnsl2 libtirpc3 \
    >/dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -type d -name 'x86_64-linux-gnu' -o -type d -name 'aarch64-linux-gnu' | paste -sd: -)
export LD_LIBRARY_PATH
mkdir spool log
chown nobody:nogroup spool log
cat >t.conf <<END
primary_hostname = relay.example
exim_user = nobody
exim_group = nogroup
exim_path = $folder/root/usr/sbin/exim4
spool_directory = $folder/spool
log_file_path = $folder/log/%slog
keep_environment = LD_LIBRARY_PATH
queue_only
acl_smtp_rcpt = accept
acl_smtp_mail = accept queue = \${if eq{\$sender_address}{later@x.example}{later}{}}
begin acl
begin routers
begin transports
END
exim() { "$folder/root/usr/sbin/exim4" -C "$folder/t.conf" "$@" 2>&1 || true; }
send() { printf 'EHLO x\r\nMAIL FROM:<%s>\r\nRCPT TO:<a@x.example>\r\nDATA\r\n.\r\nQUIT\r\n' "$1" | exim -bs | sed -n 's/.* id=//p' | tr -d '\r'; }
now=$(send now@x.example)
later=$(send later@x.example)
[ -n "$now" ] && [ -n "$later" ] && [ -e "spool/later/input/$later-H" ]

# says TEXT OPTION...
says() {
    wanted=$1
    shift
    got=$(exim "$@" | paste -sd'|' -)
    printf 'exim %s: %s\n' "$*" "$got"
    case $got in *"$wanted"*) ;; *) echo "changed: it said $wanted"; exit 1 ;; esac
}
says now@x.example -Mset "$now" -be '$sender_address'
says "Failed to load message $later" -Mset "$later" -be '$sender_address'
says 'incompatible command-line options' -qGlater -Mset "$later" -be '$sender_address'
says "Spool data file for $later does not exist" -Mf "$later"
says "Message $later is now frozen" -qGlater -Mf "$later"
