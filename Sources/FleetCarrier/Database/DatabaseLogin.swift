import TrustCore

/// Who enters a fleet's database: a relay's `trustsync`, or a console's. Each is a role of its own that shows a client certificate; there
/// is no password.
package struct DatabaseLogin: Hashable, Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case relay, console

        /// The organisational unit in the login's client certificate.
        package var unit: String {
            switch self {
            case .relay: "relays"
            case .console: "consoles"
            }
        }
    }

    package let kind: Kind
    /// `[a-z0-9][a-z0-9.-]{0,54}`: a relay's is the member's name.
    package let name: String

    /// The organisation in a client certificate.
    package static let organization = "trust fleet"

    /// Nil for a name that a role cannot have: PostgreSQL cuts a role's name at 63 bytes.
    package init?(_ kind: Kind, named name: String) {
        // Such a name needs no quotation in SQL, in pg_ident.conf or in a certificate.
        guard FleetName.isFleet(name), name.utf8.count <= 55 else { return nil }
        (self.kind, self.name) = (kind, name)
    }

    /// The logins that `name` means: a role, `relay_…` or `console_…`, else the relay and the console of this name.
    package static func logins(named name: String) -> [DatabaseLogin] {
        for kind in Kind.allCases where name.hasPrefix("\(kind.rawValue)_") {
            return DatabaseLogin(kind, named: String(name.dropFirst(kind.rawValue.count + 1))).map { [$0] } ?? []
        }
        return Kind.allCases.compactMap { DatabaseLogin($0, named: name) }
    }

    /// Its name in a client certificate, from the organisation down, as a request is made.
    package var names: [(type: String, value: String)] { [("O", Self.organization), ("OU", kind.unit), ("CN", name)] }

    /// The same as a certificate's subject is shown.
    package var subject: String { names.reversed().map { "\($0.type)=\($0.value)" }.joined(separator: ",") }

    /// The group on the login's host that may read the key: trustsync's.
    package static let keyReaders = "trustsync"

    package var role: String { "\(kind.rawValue)_\(name)" }

    /// The line of pg_ident.conf with which a certificate's subject becomes the role: one for all relays, or for all consoles.
    package static func mapping(_ kind: Kind) -> String {
        #"fleet "/^CN=([a-z0-9.-]+),OU=\#(kind.unit),O=\#(organization)$" "\#(kind.rawValue)_\1""#
    }

    /// SQL that lets it in. Run twice, or after `removal`, it does the same.
    package var creation: String {
        let member =
            kind == .relay ? "INSERT INTO trust.member (login, relay) VALUES ('\(role)', '\(name)') ON CONFLICT DO NOTHING;\n" : ""
        return #"""
            \set ON_ERROR_STOP on
            BEGIN;
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '\#(role)') THEN CREATE ROLE "\#(role)"; END IF;
            END $$;
            ALTER ROLE "\#(role)" LOGIN PASSWORD NULL CONNECTION LIMIT 4
                NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
            GRANT trust_\#(kind.rawValue) TO "\#(role)";
            \#(member)COMMIT;

            """#
    }

    /// SQL that throws it out, with all that it brought. Open sessions outlive NOLOGIN, so they are ended. A decision that it carried for
    /// others comes back from the relays that have it.
    package var removal: String {
        let relay =
            kind == .relay
            ? """
            DELETE FROM trust.sighting WHERE relay = '\(name)';
            DELETE FROM trust.receipt WHERE relay = '\(name)';
            DELETE FROM trust.member WHERE login = '\(role)';

            """ : ""
        return #"""
            \set ON_ERROR_STOP on
            DO $$ BEGIN
                IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '\#(role)') THEN ALTER ROLE "\#(role)" NOLOGIN; END IF;
            END $$;
            SELECT pid, pg_terminate_backend(pid, 10000) AS ended FROM pg_catalog.pg_stat_activity WHERE usename = '\#(role)';
            BEGIN;
            \#(relay)DELETE FROM trust.signature WHERE login = '\#(role)';
            DELETE FROM trust.decision AS d WHERE NOT EXISTS (SELECT FROM trust.signature AS s WHERE s.digest = d.digest);
            DELETE FROM trust.holder WHERE login = '\#(role)';
            DELETE FROM trust.certificate AS c WHERE NOT EXISTS (SELECT FROM trust.holder AS h WHERE h.fingerprint = c.fingerprint);
            COMMIT;

            """#
    }
}
