import FleetCarrier
import Postgres
import SystemPackage

/// What each connection is made with, one for each host. fleet.conf says only where and as whom; nothing overrides the rest.
struct DatabasePlaces {
    let settings: [PostgresPlace.Settings]

    init(_ database: FleetFile.Database, _ place: PostgresPlace) {
        // The server forgets a relay whose way has gone silent, or the sessions that it left behind would fill its connection limit and
        // lock it out. A commit waits for no standby, and no lock for long.
        let options = [
            "synchronous_commit=local", "lock_timeout=2000", "statement_timeout=10000", "idle_in_transaction_session_timeout=10000",
            "tcp_keepalives_idle=10", "tcp_keepalives_interval=5", "tcp_keepalives_count=3", "tcp_user_timeout=20000", "search_path=",
        ]
        let fixed: PostgresPlace.Settings = [
            "sslmode": "verify-full", "sslrootcert": database.ca.string, "sslcert": database.certificate.string,
            "sslkey": database.key.string, "ssl_min_protocol_version": "TLSv1.2", "gssencmode": "disable", "passfile": "/dev/null/none",
            "target_session_attrs": "read-write", "connect_timeout": "2", "keepalives": "1", "keepalives_idle": "10",
            "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "20000", "application_name": "trustsync",
            "client_encoding": "UTF8", "options": options.map { "-c \($0)" }.joined(separator: " "),
        ]
        settings = place.hosts.map { $0.merging(fixed) { _, fixed in fixed } }
    }

    static func name(_ settings: PostgresPlace.Settings) -> String { settings["host"] ?? settings["hostaddr"] ?? "" }
}
