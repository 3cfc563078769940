import FleetCarrier
import Postgres
import SystemPackage
import TrustCore

/// On a console: what the relays have queued. What the database says of it is hearsay, and its room is bounded.
extension Session {
    /// More relays than this no fleet has.
    private static let mostRelays = 10_000
    private static let rowsAtOnce = 1_000

    /// Reads what is new of every relay. Rows that were seen last before `oldest` are left out, as trustd forgets its own.
    mutating func readSightings(_ carrier: inout Carrier, since oldest: Timestamp) throws(PostgresFailure) {
        guard var mirror = carrier.mirror else { return }
        // Else the changes below would copy all of it.
        carrier.mirror = nil
        defer { carrier.mirror = mirror }
        let rows = try summaries(oldest)
        // A disk that cannot take it ends nothing.
        var trouble: SystemError?
        var relays: [String] = []
        do throws(SystemError) { relays = try mirror.changed(rows) } catch { trouble = error }
        for relay in relays {
            carrier.reporter.alive()
            let entries = try sightings(of: relay, atMost: mirror.share.entries, oldest)
            do throws(SystemError) { try mirror.write(entries, of: relay, said: rows[relay] ?? "") } catch { trouble = error }
            let missing = mirror.missing(of: relay)
            for start in stride(from: 0, to: missing.count, by: Self.certificatesAtOnce) {
                let asked = missing[start..<min(start + Self.certificatesAtOnce, missing.count)]
                for (fingerprint, der) in try certificates(Set(asked)) {
                    do throws(SystemError) { try mirror.keep(der, of: fingerprint) } catch { trouble = error }
                }
            }
        }
        do throws(SystemError) { try mirror.sweep() } catch { trouble = error }
        carrier.reporter.say("mirror", trouble.map { "\($0)" }, hint: "what waits on the relays is not shown here")
    }

    /// What each relay's rows sum up to: it is another text when they are others.
    private mutating func summaries(_ oldest: Timestamp) throws(PostgresFailure) -> [String: String] {
        let answer = try connection.ask(
            """
            SELECT relay, pg_catalog.concat_ws(' ', pg_catalog.count(*), pg_catalog.sum(sightings), pg_catalog.max(last_seen),
                pg_catalog.bit_xor(('x' || pg_catalog.encode(pg_catalog.substr(fingerprint, 1, 8), 'hex'))::bit(64)::bigint))
            FROM trust.sighting WHERE last_seen >= pg_catalog.to_timestamp($1::pg_catalog.int8) GROUP BY relay
            ORDER BY relay COLLATE "C" LIMIT \(Self.mostRelays)
            """, [.number(oldest.seconds)])
        var rows: [String: String] = [:]
        for row in 0..<min(answer.count, Self.mostRelays) {
            // The attack: a name that is a path. A member's has no slash, and does not begin with a point.
            guard let relay = answer.text(row, 0), FleetName.isName(relay), let said = answer.text(row, 1), said.utf8.count <= 500 else {
                continue
            }
            rows[relay] = said
        }
        return rows
    }

    /// Those of one relay, the latest first.
    private mutating func sightings(
        of relay: String, atMost most: Int, _ oldest: Timestamp
    ) throws(PostgresFailure) -> [PendingEntry] {
        var entries: [PendingEntry] = []
        var asked = 0
        while asked < most {
            let limit = min(Self.rowsAtOnce, most - asked)
            let answer = try connection.ask(
                """
                SELECT fingerprint, pg_catalog.date_part('epoch', first_seen)::pg_catalog.int8,
                    pg_catalog.date_part('epoch', last_seen)::pg_catalog.int8, sightings,
                    pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.host(one) FROM pg_catalog.unnest(addresses) AS one), ' '), observed
                FROM trust.sighting WHERE relay = $1 AND last_seen >= pg_catalog.to_timestamp($2::pg_catalog.int8)
                ORDER BY last_seen DESC, fingerprint LIMIT \(limit) OFFSET \(asked)
                """, [.text(relay), .number(oldest.seconds)])
            for row in 0..<min(answer.count, limit) { if let entry = Self.entry(answer, row) { entries.append(entry) } }
            guard answer.count == limit else { break }
            asked += limit
        }
        return entries
    }

    private static func entry(_ answer: borrowing PostgresAnswer, _ row: Int) -> PendingEntry? {
        guard let digest = answer.bytes(row, 0), let fingerprint = try? Fingerprint(digest: digest), let first = answer.number(row, 1),
            let last = answer.number(row, 2), let count = answer.number(row, 3), count > 0, first <= last,
            Timestamp.range.contains(first), Timestamp.range.contains(last), let words = answer.text(row, 4), words.utf8.count <= 1_000
        else { return nil }
        let addresses = words.split(separator: " ").prefix(PendingEntry.maximumAddresses).compactMap { Address($0) }
        return PendingEntry(
            fingerprint: fingerprint, firstSeen: Timestamp(seconds: first), lastSeen: Timestamp(seconds: last), sightings: UInt64(count),
            addresses: addresses, observed: answer.bytes(row, 5).flatMap { PendingEntry.Observation(carried: $0) })
    }
}
