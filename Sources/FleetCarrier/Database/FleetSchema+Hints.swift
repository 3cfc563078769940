/// What relays saw, and how far they are: nothing here decides anything.
extension FleetSchema {
    /// What one login may hold: a relay what it has queued, a console the certificates of all whom it approved.
    package static let certificatesOfRelay = (count: 10_000, bytes: 64 << 20)
    package static let certificatesOfConsole = (count: 250_000, bytes: 256 << 20)
    /// How many certificates one call of `hold` takes.
    package static let certificatesAtOnce = 1_000

    static let certificates = """
        -- Certificates, by content: nobody can put another one under a fingerprint. One stays as long as somebody holds it.
        CREATE TABLE certificate (
            fingerprint bytea PRIMARY KEY CHECK (fingerprint = sha256(der)),
            der         bytea NOT NULL CHECK (octet_length(der) BETWEEN 64 AND 12288)
        );
        CREATE TABLE holder (
            login       name    NOT NULL DEFAULT session_user,
            fingerprint bytea   NOT NULL REFERENCES certificate,
            size        integer NOT NULL,
            PRIMARY KEY (login, fingerprint)
        );
        CREATE INDEX holder_fingerprint ON holder (fingerprint);
        -- Holds these certificates for the caller, and says how many of them he did not hold before.
        CREATE FUNCTION hold(ders bytea[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = trust, pg_temp AS $$
        DECLARE
            relays boolean := me() IS NOT NULL;
            taken bigint;
        BEGIN
            IF cardinality(ders) > \(certificatesAtOnce) THEN
                RAISE EXCEPTION 'more than \(certificatesAtOnce) certificates at once' USING ERRCODE = 'configuration_limit_exceeded';
            END IF;
            INSERT INTO certificate SELECT DISTINCT sha256(der), der FROM unnest(ders) AS der ON CONFLICT DO NOTHING;
            INSERT INTO holder (login, fingerprint, size)
                SELECT DISTINCT session_user, sha256(der), octet_length(der) FROM unnest(ders) AS der ON CONFLICT DO NOTHING;
            GET DIAGNOSTICS taken = ROW_COUNT;
            IF (SELECT count(*) > CASE WHEN relays THEN \(certificatesOfRelay.count) ELSE \(certificatesOfConsole.count) END
                    OR sum(size) > CASE WHEN relays THEN \(certificatesOfRelay.bytes) ELSE \(certificatesOfConsole.bytes) END
                    FROM holder WHERE login = session_user) THEN
                RAISE EXCEPTION 'no room for more certificates of %', session_user USING ERRCODE = 'configuration_limit_exceeded';
            END IF;
            RETURN taken;
        END $$;

        """

    static let sightings = """
        CREATE TABLE sighting (
            fingerprint bytea  NOT NULL CHECK (octet_length(fingerprint) = 32),
            relay       text   NOT NULL DEFAULT me() REFERENCES member (relay),
            first_seen  timestamptz NOT NULL,
            last_seen   timestamptz NOT NULL CHECK (last_seen >= first_seen),
            sightings   bigint NOT NULL CHECK (sightings > 0),
            addresses   inet[] NOT NULL DEFAULT '{}' CHECK (cardinality(addresses) <= 8),
            observed    bytea  CHECK (octet_length(observed) <= 2048),
            changed     xid8   NOT NULL DEFAULT pg_current_xact_id(),
            PRIMARY KEY (relay, fingerprint)
        );
        CREATE INDEX sighting_fingerprint ON sighting (fingerprint);
        CREATE INDEX sighting_changed ON sighting (changed);
        CREATE FUNCTION sighting_arrives() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = trust, pg_temp AS $$
        BEGIN
            NEW.changed := pg_current_xact_id();
            IF TG_OP = 'INSERT' THEN
                IF (SELECT count(*) FROM (SELECT FROM sighting WHERE relay = NEW.relay LIMIT \(sightingsOfOne)) AS own)
                        >= \(sightingsOfOne) THEN
                    RAISE EXCEPTION 'no room for more than \(sightingsOfOne) entries of %', NEW.relay
                        USING ERRCODE = 'configuration_limit_exceeded';
                END IF;
                IF NOT EXISTS (SELECT FROM sighting WHERE fingerprint = NEW.fingerprint) THEN
                    PERFORM pg_notify('trust_sighting', '');      -- only consoles listen
                END IF;
            END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER arrives BEFORE INSERT OR UPDATE ON sighting FOR EACH ROW EXECUTE FUNCTION sighting_arrives();

        -- The caller's own entries go, and what he held of them. A DELETE on the whole table would be the right to lock it.
        CREATE FUNCTION forget(fingerprints bytea[]) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = trust, pg_temp AS $$
        DECLARE gone bigint;
        BEGIN
            DELETE FROM sighting WHERE relay = me() AND fingerprint = ANY (fingerprints);
            GET DIAGNOSTICS gone = ROW_COUNT;
            DELETE FROM holder WHERE login = session_user AND fingerprint = ANY (fingerprints);
            DELETE FROM certificate AS c WHERE c.fingerprint = ANY (fingerprints)
                AND NOT EXISTS (SELECT FROM holder AS h WHERE h.fingerprint = c.fingerprint);
            RETURN gone;
        END $$;

        """

    static let receipts = """
        -- How far a relay is, signed by its root.
        CREATE TABLE receipt (
            relay      text PRIMARY KEY DEFAULT me() REFERENCES member (relay),
            body       bytea NOT NULL CHECK (octet_length(body) BETWEEN 1 AND 16384),
            signature  bytea NOT NULL CHECK (octet_length(signature) BETWEEN 1 AND 4096),
            arrived    timestamptz NOT NULL DEFAULT clock_timestamp(),
            changed    xid8 NOT NULL DEFAULT pg_current_xact_id()
        );
        CREATE INDEX receipt_changed ON receipt (changed);
        CREATE FUNCTION receipt_arrives() RETURNS trigger LANGUAGE plpgsql SET search_path = trust, pg_temp AS $$
        BEGIN
            NEW.arrived := clock_timestamp();
            NEW.changed := pg_current_xact_id();
            PERFORM pg_notify('trust_receipt', NEW.relay);      -- only consoles listen
            RETURN NEW;
        END $$;
        CREATE TRIGGER arrives BEFORE INSERT OR UPDATE ON receipt FOR EACH ROW EXECUTE FUNCTION receipt_arrives();

        """

    /// `(SELECT me())`: asked once a statement, not once a row. What PostgreSQL grants to everybody is taken back where it can fill a disk.
    static let rights = """
        ALTER TABLE sighting ENABLE ROW LEVEL SECURITY;
        ALTER TABLE receipt ENABLE ROW LEVEL SECURITY;
        CREATE POLICY consoles_look ON sighting FOR SELECT TO trust_console USING (true);
        CREATE POLICY own_look ON sighting FOR SELECT TO trust_relay USING (relay = (SELECT me()));
        CREATE POLICY own_in ON sighting FOR INSERT TO trust_relay WITH CHECK (relay = (SELECT me()));
        CREATE POLICY own_up ON sighting FOR UPDATE TO trust_relay USING (relay = (SELECT me())) WITH CHECK (relay = (SELECT me()));
        CREATE POLICY all_look ON receipt FOR SELECT USING (true);      -- whoever decides on a relay wants to know who has it
        CREATE POLICY own_in ON receipt FOR INSERT TO trust_relay WITH CHECK (relay = (SELECT me()));
        CREATE POLICY own_up ON receipt FOR UPDATE TO trust_relay USING (relay = (SELECT me())) WITH CHECK (relay = (SELECT me()));

        GRANT SELECT ON about, decision, signature, certificate, sighting, receipt TO trust_relay, trust_console;
        GRANT INSERT (fingerprint, first_seen, last_seen, sightings, addresses, observed),
            UPDATE (first_seen, last_seen, sightings, addresses, observed) ON sighting TO trust_relay;
        GRANT INSERT (body, signature), UPDATE (body, signature) ON receipt TO trust_relay;
        REVOKE ALL ON ALL FUNCTIONS IN SCHEMA trust FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION me(), submit(bytea, bytea, boolean), hold(bytea[]), forget(bytea[]) TO trust_relay, trust_console;
        RESET ROLE;
        REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid), pg_catalog.lo_creat(integer), pg_catalog.lo_from_bytea(oid, bytea),
            pg_catalog.lo_put(oid, bigint, bytea), pg_catalog.lowrite(integer, bytea) FROM PUBLIC;
        COMMIT;

        """
}
