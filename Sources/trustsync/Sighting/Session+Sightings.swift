import FleetCarrier
import Postgres
import TrustCore

/// On a relay: what trustd has queued here, for the consoles.
extension Session {
    /// What the database has of this relay: each login sees its own alone.
    mutating func readOwnSightings() throws(PostgresFailure) -> [Fingerprint: QueuedEntries.Told] {
        var own: [Fingerprint: QueuedEntries.Told] = [:]
        let answer = try connection.ask(
            """
            SELECT fingerprint, pg_catalog.date_part('epoch', last_seen)::bigint, sightings FROM trust.sighting
            LIMIT \(QueuedEntries.most)
            """)
        for row in 0..<min(answer.count, QueuedEntries.most) {
            guard let digest = answer.bytes(row, 0), let fingerprint = try? Fingerprint(digest: digest),
                let last = answer.number(row, 1), let count = answer.number(row, 2)
            else { continue }
            own[fingerprint] = .init(lastSeen: last, sightings: count)
        }
        return own
    }

    /// Tells what is new; when to go on.
    mutating func giveSightings(_ carrier: inout Carrier, now: Duration) throws(PostgresFailure) -> Duration? {
        guard carrier.queued != nil else { return nil }
        var news: QueuedEntries.News?
        do throws(SystemError) {
            news = try carrier.queued?.news(now: now)
            carrier.reporter.say("queue", nil)
        } catch {
            carrier.reporter.say("queue", "\(error)", hint: "is this user in group trustd? consoles do not see what waits here")
        }
        if let news, !news.isEmpty {
            do throws(PostgresFailure) {
                try give(news, &carrier)
                carrier.reporter.say("sightings", nil)
            } catch {
                guard error.state != nil else { throw error }
                carrier.queued?.refused(news)
                carrier.queued?.rest(until: now + (error.isQuota ? .seconds(300) : .seconds(10)))
                carrier.reporter.say("sightings", "the database does not take what waits here: \(error)")
            }
        }
        return carrier.queued?.due(now: now)
    }

    private mutating func give(_ news: QueuedEntries.News, _ carrier: inout Carrier) throws(PostgresFailure) {
        carrier.reporter.alive()
        if !news.gone.isEmpty {
            try forget(news.gone, &carrier)
            carrier.queued?.forgot(news.gone)
        }
        // First the certificates: a console asks for them when it hears of the rest.
        do throws(PostgresFailure) {
            try hold((news.new + news.counted).compactMap(Self.certificate))
            carrier.reporter.say("certificates", nil)
        } catch {
            // The attack: so many large certificates that a relay's room is full. Their fingerprints are told all the same.
            guard error.isQuota else { throw error }
            carrier.reporter.say("certificates", "the database has no room for more certificates of this relay: \(error)")
        }
        if !news.new.isEmpty {
            _ = try connection.ask(
                """
                INSERT INTO trust.sighting (fingerprint, first_seen, last_seen, sightings, addresses, observed)
                SELECT f, pg_catalog.to_timestamp(a), pg_catalog.to_timestamp(b), n, pg_catalog.string_to_array(x, ' ')::pg_catalog.inet[], o
                \(Self.rows) ON CONFLICT DO NOTHING
                """, Self.values(news.new))
            carrier.queued?.told(news.new)
        }
        guard !news.counted.isEmpty else { return }
        _ = try connection.ask(
            """
            UPDATE trust.sighting AS s SET first_seen = pg_catalog.to_timestamp(a), last_seen = pg_catalog.to_timestamp(b), sightings = n,
                addresses = pg_catalog.string_to_array(x, ' ')::pg_catalog.inet[], observed = o
            \(Self.rows) WHERE s.fingerprint = f
            """, Self.values(news.counted))
        carrier.queued?.told(news.counted)
    }

    private static let rows = """
        FROM unnest($1::pg_catalog.bytea[], $2::pg_catalog.int8[], $3::pg_catalog.int8[], $4::pg_catalog.int8[],
            $5::pg_catalog.text[], $6::pg_catalog.bytea[]) AS t (f, a, b, n, x, o)
        """

    private static func values(_ entries: [PendingEntry]) -> [PostgresValue] {
        func numbers(_ number: (PendingEntry) -> Int64) -> PostgresValue {
            .text("{\(entries.map { String(number($0)) }.joined(separator: ","))}")
        }
        // Addresses have no other characters than digits, points and colons.
        let addresses = entries.map { "\"\($0.addresses.map(\.description).joined(separator: " "))\"" }.joined(separator: ",")
        return [
            .list(entries.map { Digest($0.fingerprint).bytes }), numbers { min($0.firstSeen, $0.lastSeen).seconds },
            numbers { $0.lastSeen.seconds }, numbers { Int64(clamping: max($0.sightings, 1)) }, .text("{\(addresses)}"),
            .list(entries.map { $0.observed?.carried ?? [] }),
        ]
    }

    /// The entry's certificate, if it is that of its fingerprint and the database may hold it.
    private static func certificate(_ entry: PendingEntry) -> [UInt8]? {
        guard let der = entry.certificate.flatMap({ Base64.decode(Array($0.utf8)) }), CarriedCertificate.sizes.contains(der.count),
            ContentDigest.of(der) == Digest(entry.fingerprint)
        else { return nil }
        return der
    }
}
