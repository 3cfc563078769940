import TrustCore

/// The tables of a fleet's database, for PostgreSQL 15 or later. The database carries signed texts and decides nothing, not even an order:
/// what is in a decision is not looked at there.
///
/// What keeps a stolen login from harm:
/// - It can insert no decision. `submit` does that, with its quota, its digest and its notification in one place.
/// - No table grants DELETE or UPDATE as a whole, because on PostgreSQL 15 either is the right to `LOCK TABLE … IN ACCESS EXCLUSIVE MODE`,
///   with which one login could stop the fleet. Hence `forget`, and grants by column.
/// - A decision's and a certificate's name is its content's digest, so nobody can put another text under it.
/// - `login`, `arrived` and `changed` are the server's words. No grant covers them.
/// - There is no sequence and no position that could run backwards after a failover: `changed` is compared within one session only.
package struct FleetSchema: Sendable {
    /// What `trust.about` holds; a program that knows another one says so and does nothing.
    package static let version = 1
    /// Rows of one relay, and of one decision's signatures by one login.
    package static let sightingsOfOne = 10_000
    package static let signaturesOfOne = 2
    /// What one login may submit in an hour.
    package static let decisionsAnHour = 20_000
    package static let bytesAnHour = 32 << 20

    /// SQL for `psql`, run once by a superuser in an empty database: done as a whole, or nothing of it.
    package let text: String

    /// Nil if the fleet cannot have this name: `[a-z0-9][a-z0-9.-]{0,62}`.
    package init?(fleet: String) {
        guard FleetName.isFleet(fleet) else { return nil }
        text = [
            Self.beginning(of: fleet), Self.tables(of: fleet), Self.submission, Self.certificates, Self.sightings, Self.receipts,
            Self.rights,
        ]
        .joined(separator: "\n")
    }

    /// Roles belong to the whole server, so a second fleet on it would share them: each login of one could enter the other.
    private static func beginning(of fleet: String) -> String {
        #"""
        -- The database of the fleet \#(fleet), version \#(version). For a superuser, in an empty database of its own; twice is once:
        --     createdb fleet && trustctl fleet sql | psql -d fleet
        -- These lines are wanted on every server, also on a standby, because no replication carries them; with quotation marks, because one
        -- line that cannot be read voids the whole pg_ident.conf without a word:
        --     pg_hba.conf:    hostssl fleet +trust_relay,+trust_console all cert clientname=DN map=fleet
        --     pg_ident.conf:  \#(DatabaseLogin.mapping(.relay))
        --     pg_ident.conf:  \#(DatabaseLogin.mapping(.console))
        \set ON_ERROR_STOP on
        SELECT pg_catalog.to_regclass('trust.about') IS NOT NULL AS made \gset
        \if :made
            SELECT version = \#(version) AND fleet = '\#(fleet)' AS same FROM trust.about \gset
            \if :same
                \echo 'this is the database of the fleet \#(fleet) already; nothing was changed'
                \q
            \endif
            DO $$ BEGIN RAISE EXCEPTION 'this is the database of another fleet, or of another version; nothing was changed'; END $$;
        \endif
        BEGIN;
        DO $$ BEGIN
            IF current_setting('server_version_num')::int < 150000 THEN
                RAISE EXCEPTION 'PostgreSQL 15 or later is needed; nothing was changed';
            END IF;
            IF EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'trust') THEN
                RAISE EXCEPTION 'the database % has a schema “trust” that is no fleet''s; nothing was changed', current_database();
            END IF;
            IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname IN ('trust_owner', 'trust_relay', 'trust_console')) THEN
                RAISE EXCEPTION 'this server has the roles of a fleet already, and its logins could enter here; nothing was changed'
                    USING HINT = 'one server, one fleet; if that one is gone: DROP ROLE trust_owner, trust_relay, trust_console';
            END IF;
            EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
        END $$;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        CREATE ROLE trust_owner NOLOGIN;
        CREATE ROLE trust_relay NOLOGIN;        -- each relay's login is a member
        CREATE ROLE trust_console NOLOGIN;      -- each console's
        CREATE SCHEMA trust AUTHORIZATION trust_owner;
        GRANT USAGE ON SCHEMA trust TO trust_relay, trust_console;
        DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO trust_relay, trust_console', current_database()); END $$;
        SET ROLE trust_owner;
        SET search_path = trust;

        """#
    }

    private static func tables(of fleet: String) -> String {
        """
        CREATE TABLE about (
            only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
            version    integer NOT NULL,
            fleet      text    NOT NULL
        );
        INSERT INTO about (version, fleet) VALUES (\(version), '\(fleet)');

        -- Which relay a login is. Nobody but the functions here reads it.
        CREATE TABLE member (
            login      name PRIMARY KEY,
            relay      text NOT NULL UNIQUE
        );
        CREATE FUNCTION me() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = trust, pg_temp
            AS $$ SELECT relay FROM member WHERE login = session_user $$;

        -- Signed decisions: a set that only grows. No check names session_user, or a dump could not be restored.
        CREATE TABLE decision (
            digest     bytea   PRIMARY KEY CHECK (digest = sha256(body)),
            body       bytea   NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 262144),
            login      name    NOT NULL DEFAULT session_user,
            arrived    timestamptz NOT NULL DEFAULT clock_timestamp(),
            changed    xid8    NOT NULL DEFAULT pg_current_xact_id()
        );

        CREATE TABLE signature (
            digest     bytea   NOT NULL REFERENCES decision,
            signature  bytea   NOT NULL CHECK (octet_length(signature) BETWEEN 1 AND 16384),
            -- What both are called together. A set is one of these, so a text that somebody signed wrongly does not hide the true one.
            name       bytea   PRIMARY KEY GENERATED ALWAYS AS (sha256(digest || signature)) STORED,
            -- Its first 8 bytes. Counted and XORed they tell at once whether two sets are the same, and where they are not.
            mix        bigint  GENERATED ALWAYS AS
                (('x' || encode(substr(sha256(digest || signature), 1, 8), 'hex'))::bit(64)::bigint) STORED,
            login      name    NOT NULL DEFAULT session_user,
            arrived    timestamptz NOT NULL DEFAULT clock_timestamp(),
            changed    xid8    NOT NULL DEFAULT pg_current_xact_id()
        );
        CREATE INDEX signature_digest ON signature (digest);
        CREATE INDEX signature_changed ON signature (changed);
        CREATE INDEX signature_login ON signature (login, arrived);

        """
    }

    /// A limit for all logins together would let a thief of several fill it before the true signature comes.
    private static let submission = """
        -- The one way in for a decision with a signature over it. Says whether anything of it was new. The notification carries both where
        -- they fit, so that a thousand listeners need ask nothing. `quietly`: without one, because a commit that notifies waits for every
        -- other commit on this server that does, and one of those may wait for a standby that is away.
        CREATE FUNCTION submit(body bytea, signature bytea, quietly boolean DEFAULT false) RETURNS boolean
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = trust, pg_temp AS $$
        #variable_conflict use_column
        DECLARE
            key bytea := sha256($1);
            fresh boolean;
            message text;
        BEGIN
            IF (SELECT count(*) >= \(decisionsAnHour) OR sum(size) > \(bytesAnHour) FROM (
                    SELECT octet_length(d.body) + octet_length(s.signature) AS size FROM signature AS s JOIN decision AS d USING (digest)
                    WHERE s.login = session_user AND s.arrived > clock_timestamp() - interval '1 hour'
                    LIMIT \(decisionsAnHour)) AS recent) THEN
                RAISE EXCEPTION 'more than \(decisionsAnHour) decisions or \(bytesAnHour >> 20) MiB an hour from %', session_user
                    USING ERRCODE = 'configuration_limit_exceeded';
            END IF;
            IF (SELECT count(*) FROM signature WHERE digest = key AND login = session_user AND signature <> $2) >= \(signaturesOfOne) THEN
                RAISE EXCEPTION 'more than \(signaturesOfOne) signatures over one decision from %', session_user
                    USING ERRCODE = 'configuration_limit_exceeded';
            END IF;
            INSERT INTO decision (digest, body, login) VALUES (key, $1, session_user) ON CONFLICT DO NOTHING;
            INSERT INTO signature (digest, signature, login) VALUES (key, $2, session_user) ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS fresh = ROW_COUNT;
            IF fresh AND NOT quietly THEN
                message := encode($1, 'base64') || ' ' || encode($2, 'base64');
                PERFORM pg_notify('trust_decision', CASE WHEN octet_length(message) < 7900 THEN message ELSE '' END);
            END IF;
            RETURN fresh;
        END $$;

        """
}
