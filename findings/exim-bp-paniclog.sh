#!/bin/sh
# Exim 4.96 (Debian 12): `exim -bP` writes a mistake in the configuration into the paniclog; `exim -bV` only prints it.
#
# Both read the whole configuration, say the same words and exit with 1. A script that checks a candidate by the cheaper `exim -bP NAME` (it
# answers a question besides) leaves an entry in the log of the *running* system for a file that never became live: Debian's cron job then
# mails "exim paniclog ... has non-zero size" every day until somebody empties that file.
#
# Seen with exim4-daemon-light 4.96-15+deb12u10, main option `no_such_option = 1`:
#
#     $ exim4 -C t.conf -bV; echo $?; ls log
#     2026-11-28 13:37:35 Exim configuration error in line 5 of t.conf:
#       main option "no_such_option" unknown
#     1
#     $ exim4 -C t.conf -bP spool_directory; echo $?; ls log
#     LOG: PANIC DIE
#       Exim configuration error in line 5 of t.conf:
#       main option "no_such_option" unknown
#     1
#     paniclog
#
# Check with -bV first, and ask with -bP what is known to be sound. Needs root, apt and the Debian 12 archive; ends with 0 while Exim behaves
# so.
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
mkdir log spool
chown nobody log spool
cat >t.conf <<END
exim_user = nobody
exim_group = nogroup
spool_directory = $folder/spool
log_file_path = $folder/log/%slog
no_such_option = 1
END

# try WANTED-FILES OPTION...
try() {
    wanted=$1
    shift
    status=0
    "$folder/root/usr/sbin/exim4" -C "$folder/t.conf" "$@" >output 2>&1 || status=$?
    files=$(ls log)
    printf '%s  exim %s: log files: %s; %s\n' "$status" "$*" "${files:-none}" "$(paste -sd'|' output)"
    [ "$status" = 1 ] && [ "$files" = "$wanted" ] && grep -q 'no_such_option" unknown' output || {
        echo "changed: the status was 1, and the log files were: ${wanted:-none}"
        exit 1
    }
    rm -f log/*
}
try "" -bV
try paniclog -bP spool_directory
try paniclog -bP macro SOME_MACRO
