#!/bin/sh
# PgBouncer 1.18.0 before PostgreSQL 15 (Debian 12): a session that notifies itself hears it in transaction mode; it never hears anybody else.
#
# In transaction mode LISTEN is accepted without a word and does not work, because the server's connection belongs to nobody between two
# transactions. A program may want to find that out, and the obvious way is to LISTEN on a channel of its own, NOTIFY it, and wait. Through
# the pooler that succeeds: PostgreSQL sends a backend's own notification with the answer to its COMMIT, while the connection is still this
# client's. What others notify comes between two transactions, and the pooler throws it away.
#
# Seen with pgbouncer 1.18.0-1+deb12u1, postgresql-15 15.18-0+deb12u1 (LISTEN x; NOTIFY x, 'own'; then another session NOTIFY x, 'other'):
#
#     directly           own other
#     through pgbouncer  own
#
# Whoever tests notifications must have another connection notify. Needs root, apt and the Debian 12 archive; ends with 0 while it is so.
set -eu
folder=$(mktemp -d)
processes=''
trap 'for one in $processes; do kill "$one" 2>/dev/null || true; done; wait; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get -qq download postgresql-15=15.18-0+deb12u1 postgresql-client-15=15.18-0+deb12u1 libpq5=15.18-0+deb12u1 pgbouncer=1.18.0-1+deb12u1 \
    libevent-2.1-7 libc-ares2 libldap-2.5-0 libsasl2-2 libsasl2-modules-db libllvm14 libz3-4 libedit2 libbsd0 libmd0 libxml2 libicu72 \
    libxslt1.1 libpam0g libreadline8 >/dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -type d -name 'x86_64-linux-gnu' -o -type d -name 'aarch64-linux-gnu' | paste -sd: -)
export LD_LIBRARY_PATH
bin=$folder/root/usr/lib/postgresql/15/bin
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
mkdir data run
chown 65534 data run
chmod 700 data
as_nobody "$bin/initdb" --no-sync --auth=trust --username=admin --locale=C --encoding=UTF8 -L "$folder/root/usr/share/postgresql/15" \
    --pgdata="$folder/data" >/dev/null
as_nobody "$bin/postgres" -D "$folder/data" -c listen_addresses= -c unix_socket_directories="$folder/run" -c fsync=off \
    -c dynamic_library_path="$folder/root/usr/lib/postgresql/15/lib" >server.log 2>&1 &
processes=$!
echo '"admin" ""' >run/users
cat >run/pgbouncer.ini <<END
[databases]
admin = host=$folder/run port=5432 dbname=postgres
[pgbouncer]
unix_socket_dir = $folder/run
listen_port = 6432
pool_mode = transaction
auth_type = trust
auth_file = $folder/run/users
END
as_nobody "$folder/root/usr/sbin/pgbouncer" run/pgbouncer.ini >pooler.log 2>&1 &
processes="$processes $!"
session() { "$bin/psql" -X -q -h "$folder/run" -p "$1" -U admin -d "$2"; }
until_it_answers() {
    for _ in $(seq 100); do
        if echo 'SELECT 1' | session "$1" "$2" >/dev/null 2>&1; then return; fi
        sleep 0.1
    done
    cat server.log pooler.log
    exit 1
}
until_it_answers 5432 postgres
until_it_answers 6432 admin

# heard PORT DATABASE: what that session hears
heard() {
    session "$1" "$2" <<END | grep -oE 'payload "[a-z]+"' | sed 's/payload //; s/"//g' | paste -sd' '
LISTEN x;
NOTIFY x, 'own';
\\! echo "NOTIFY x, 'other'" | $bin/psql -X -q -h $folder/run -U admin -d postgres
\\! sleep 0.5
SELECT;
END
}
directly=$(heard 5432 postgres)
pooled=$(heard 6432 admin)
printf 'directly           %s\nthrough pgbouncer  %s\n' "$directly" "$pooled"
[ "$directly" = 'own other' ] && [ "$pooled" = own ] || {
    echo 'changed'
    exit 1
}
