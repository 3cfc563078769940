#!/bin/sh
# Exim 4.96 (Debian 12): the exit status of `exim -bP NAME...` does not tell whether all names were found.
#
# `exim -bP` takes several names, and scripts save a start of Exim by asking for all of them at once. For options, named lists and drivers
# only the LAST name decides: an unknown name before a known one gives status 0, and the complaint is a line on standard output, among the
# answers. For macros it is different: one that is missing gives status 1 wherever it stands.
#
# Seen with exim4-daemon-light 4.96-15+deb12u10:
#
#     $ exim4 -C t.conf -bP nosuchoption exim_user; echo $?
#     nosuchoption is not a known option
#     exim_user = nobody
#     0
#     $ exim4 -C t.conf -bP exim_user nosuchoption; echo $?
#     exim_user = nobody
#     nosuchoption is not a known option
#     1
#
# Whoever asks for several values must look for each of them in the output. Needs root, apt and the Debian 12 archive; ends with 0 while
# Exim behaves so.
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
cat >t.conf <<'END'
exim_user = nobody
exim_group = nogroup
SOME_MACRO = x
domainlist some_list = example.org
begin acl
END

# status WANTED NAME...
status() {
    wanted=$1
    shift
    got=0
    "$folder/root/usr/sbin/exim4" -C "$folder/t.conf" -bP "$@" >output 2>&1 || got=$?
    printf '%s  exim -bP %s: %s\n' "$got" "$*" "$(paste -sd'|' output)"
    [ "$got" = "$wanted" ] || {
        echo "changed: the status was $wanted"
        exit 1
    }
}
status 0 nosuchoption exim_user
status 1 exim_user nosuchoption
status 0 +nosuchlist +some_list
status 1 +some_list +nosuchlist
status 0 transport nosuchtransport exim_user
status 1 macro NO_SUCH_MACRO macro SOME_MACRO
status 1 macro SOME_MACRO macro NO_SUCH_MACRO
