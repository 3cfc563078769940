# A fleet's database: PostgreSQL on this machine, and trustsync as its unit runs it, over TLS with certificates and without a password.

install_trustsync() { inside dpkg -i /root/trustsync.deb >"$work/said" 2>&1 || { cat "$work/said"; return 1; }; }
holds 'the package of trustsync installs' install_trustsync
holds 'without a fleet it does not run' not inside systemctl is-active --quiet trustsync.service
inside systemctl start postgresql
holds 'PostgreSQL runs' eventually inside runuser -u postgres -- psql -qAtc 'SELECT 1'

holds 'a fleet is made' make_fleet db-mail db-safe
inside mkdir -p /root/console/trustsync/inbox /root/console/trustsync/outbox /root/console/trustsync/state
# shellcheck disable=SC2086 # two words
holds 'the console joins' join_fleet $console
holds 'the relay joins' join_fleet --member mx1
# shellcheck disable=SC2046,SC2086
holds 'the console adds it' inside trustctl fleet member add $(member_line) --sign-with /root/db-safe.pub $console

# As trustsync(8) and the first lines of `trustctl fleet sql` say.
into /root/papers <<'END'
set -e
mkdir -p /root/papers.d /etc/trustd/fleet
cd /root/papers.d
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj '/CN=trust fleet' -keyout ca.key -out ca.pem 2>/dev/null
paper() { # paper NAME SUBJECT EXTENSION
    echo "$3" >"$1.ext"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "$2" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
paper server /CN=db.example.org subjectAltName=DNS:db.example.org
paper client '/O=trust fleet/OU=relays/CN=mx1' basicConstraints=critical,CA:FALSE
paper console '/O=trust fleet/OU=consoles/CN=safe' basicConstraints=critical,CA:FALSE
install -m 644 ca.pem client.pem /etc/trustd/fleet/
install -o root -g trustsync -m 640 client.key /etc/trustd/fleet/
cluster=$(echo /etc/postgresql/*/main)
install -o postgres -g postgres -m 600 server.key server.pem ca.pem "$cluster/"
cat >"$cluster/conf.d/fleet.conf" <<CONF
listen_addresses = '*'
ssl = on
ssl_min_protocol_version = 'TLSv1.3'
ssl_cert_file = '$cluster/server.pem'
ssl_key_file = '$cluster/server.key'
ssl_ca_file = '$cluster/ca.pem'
CONF
trustctl fleet sql >/tmp/fleet.sql
{ sed -n 's/^-- *pg_hba.conf: *//p' /tmp/fleet.sql; cat "$cluster/pg_hba.conf"; } >/tmp/hba
cat /tmp/hba >"$cluster/pg_hba.conf"
sed -n 's/^-- *pg_ident.conf: *//p' /tmp/fleet.sql >>"$cluster/pg_ident.conf"
systemctl restart postgresql
sql() { runuser -u postgres -- psql -q -d fleet; }
until runuser -u postgres -- createdb fleet; do sleep 0.2; done
sql </tmp/fleet.sql
trustctl fleet sql --member mx1 | sql
trustctl fleet sql --member mx2 | sql
trustctl fleet sql --console safe | sql
echo 'database = host=db.example.org hostaddr=127.0.0.1 dbname=fleet user=relay_mx1' >>/etc/trustd/fleet.conf
cat >>/root/console/fleet.conf <<CONF
database = host=db.example.org hostaddr=127.0.0.1 dbname=fleet user=console_safe
database_ca = /root/papers.d/ca.pem
database_certificate = /root/papers.d/console.pem
database_key = /root/papers.d/console.key
CONF
END
make_database() { inside timeout 120 sh /root/papers >"$work/said" 2>&1 || { cat "$work/said"; return 1; }; }
holds 'a database is made by what is printed, and lets in certificates alone' make_database

holds 'trustsync runs' inside systemctl start trustsync.service
running() { inside systemctl is-active --quiet trustsync.service; }
# No trustsync stays at the console, so the decision waits until somebody carries.
decide_here() { # decide_here ACTION FP: at the console
    # shellcheck disable=SC2086
    inside trustctl "$1" "$2" --sign-with /root/db-safe.pub --yes --wait-fleet 0 $console >"$work/said" 2>&1
}
# shellcheck disable=SC2086
carry() { inside trustsync --once $console; }
is_trusted() { trusted | grep -qx "$1"; }
one=$(random_fingerprint)
holds 'the console approves, and says that it waits (75)' status_of 75 decide_here approve "$one"
holds 'and gives it to the database' carry
holds 'trustsync brings it to the relay, whose unit makes it so' eventually is_trusted "$one"
# shellcheck disable=SC2086
live() { # live RELAYS: as the console knows
    carry && inside trustctl fleet apply $console >/dev/null 2>&1
    grep -F "live      $1" <<<"$(inside trustctl fleet status $console)"
}
holds 'the console knows by the receipt that the relay is live' eventually live '1 of 1'
client mirrored
holds 'the relay refuses a new client' attempt mirrored 550
# shellcheck disable=SC2086
mirrored() { carry && inside trustctl list --state all $console | grep -F CN=mirrored; }
holds 'trustsync, in its sandbox, has told the console of it' eventually mirrored
holds 'no password stands anywhere' test "$(inside runuser -u postgres -- psql -qAtc 'SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL')" = 0

holds 'the database goes away' inside systemctl stop postgresql
holds 'the console revokes meanwhile, and says STILL TRUSTED (70)' status_of 70 decide_here revoke "$one"
holds 'what it would carry waits (75)' status_of 75 carry
holds 'trustsync stays up' running
holds 'the database comes back' inside systemctl start postgresql
holds 'the console carries' eventually carry
holds 'the revocation is made so' eventually not is_trusted "$one"

holds 'the attack: trustsync'\''s user reads no ledger and no key of root'\''s' inside sh -c '
    for one in /var/lib/trustctl/fleet/receipt.key /root/papers.d/ca.key; do ! runuser -u trustsync -- head -c 1 "$one" 2>/dev/null || exit 1; done'
exposure() { inside systemd-analyze security trustsync.service --no-pager | tail -n 1; }
holds "its unit is confined: $(exposure)" sh -c 'case $1 in *OK*) ;; *) exit 1 ;; esac' sh "$(exposure)"
two=$(random_fingerprint)
inside systemctl kill --signal=KILL trustsync.service
holds 'killed, it is there again' eventually running
holds 'the console approves another one' status_of 75 decide_here approve "$two"
holds 'and carries' carry
holds 'which is live' eventually is_trusted "$two"

. Tests/Machine/wire.bash

holds 'the relay leaves' inside trustctl fleet leave --yes
inside systemctl stop trustsync.service postgresql.service
holds 'its list is its own again' inside trustctl revoke "$two" --yes
holds 'the package goes' inside dpkg --purge trustsync
inside sh -c 'rm -rf /root/console /root/*.pack /root/papers /root/papers.d /etc/trustd/fleet /root/trustsync.deb'
holds 'doctor is silent' eventually doctor_is_silent
