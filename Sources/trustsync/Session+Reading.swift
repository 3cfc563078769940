import FleetCarrier
import Postgres
import TrustCore

/// Reading what is new in the database, and what is missing on either side.
extension Session {
    /// Names that are listed at once, and texts that are fetched at once: a hundred thousand of them together would take 100 MiB.
    private static let listed = 5_000
    private static let fetched = (count: 500, bytes: 2 << 20)
    /// A part of the set with more than this is no honest database's.
    private static let largestPart = 200_000

    /// What was committed since the last time, be it late.
    mutating func readNew(_ carrier: inout Carrier) throws(PostgresFailure) {
        let next = try snapshot()
        let answer = try connection.ask(
            """
            SELECT s.name, pg_catalog.octet_length(d.body) + pg_catalog.octet_length(s.signature)
            FROM trust.signature AS s JOIN trust.decision AS d USING (digest)
            WHERE s.changed >= $1::pg_catalog.xid8 ORDER BY s.arrived LIMIT \(Self.listed + 1)
            """, [.number(horizon)])
        if answer.count > Self.listed { carrier.mustCompare = true }
        try fetch((0..<min(answer.count, Self.listed)).compactMap { row in Self.named(answer, row) }, &carrier)
        horizon = next
        carrier.reporter.heard()
    }

    private static func named(_ answer: borrowing PostgresAnswer, _ row: Int) -> (name: RecordName, size: Int)? {
        guard let name = answer.bytes(row, 0).flatMap({ RecordName(bytes: $0) }), let size = answer.number(row, 1) else { return nil }
        return (name, min(max(Int(size), 1), CarriedRecord.maximumSize))
    }

    /// Fetches those that are not here, and hands them to root.
    private mutating func fetch(_ listed: [(name: RecordName, size: Int)], _ carrier: inout Carrier) throws(PostgresFailure) {
        var wanted = listed.filter { !carrier.knows($0.name) }[...]
        while let first = wanted.first {
            carrier.reporter.alive()
            var (bytes, asked) = (first.size, Set([first.name]))
            wanted.removeFirst()
            while let next = wanted.first, asked.count < Self.fetched.count, bytes + next.size <= Self.fetched.bytes {
                bytes += next.size
                asked.insert(next.name)
                wanted.removeFirst()
            }
            let answer = try connection.ask(
                """
                SELECT d.body, s.signature FROM trust.signature AS s JOIN trust.decision AS d USING (digest)
                WHERE s.name = ANY ($1::pg_catalog.bytea[]) ORDER BY s.arrived
                """, [.list(asked.map(\.bytes))])
            for row in 0..<answer.count {
                guard let body = answer.bytes(row, 0), let signature = answer.bytes(row, 1),
                    let record = CarriedRecord(body: body, signature: signature), asked.contains(record.name),
                    record.isDecision(of: carrier.file.fleet)
                else { continue }
                asked.remove(record.name)
                carrier.take(record)
            }
            try bringCertificates(&carrier)
            // The attack: junk that would be fetched again and again.
            for name in asked { carrier.handover.refuse(name) }
            carrier.flush()
            guard carrier.handover.hasRoom else {
                carrier.handover.leftOut()
                return
            }
        }
    }

    /// Compares both sets, part by part. What is missing here is read; what is missing there is kept in `healing`.
    mutating func compare(_ carrier: inout Carrier) throws(PostgresFailure) {
        carrier.mustCompare = false
        let answer = try connection.ask(
            """
            SELECT pg_catalog.get_byte(name, 0), pg_catalog.count(*), pg_catalog.bit_xor(mix) FROM trust.signature GROUP BY 1
            """)
        var theirs = [Int: (count: Int64, mix: UInt64)]()
        for row in 0..<min(answer.count, 256) {
            guard let bucket = answer.number(row, 0), (0...255).contains(bucket), let count = answer.number(row, 1),
                let mix = answer.number(row, 2)
            else { continue }
            theirs[Int(bucket)] = (count, UInt64(bitPattern: mix))
        }
        carrier.reporter.heard()
        carrier.healing = []
        for bucket in 0..<256 {
            let ours = carrier.sums(of: bucket)
            let there = theirs[bucket] ?? (0, 0)
            if there.count == Int64(ours.count), there.mix == ours.mix { continue }
            try compare(bucket, &carrier)
            guard carrier.handover.hasRoom else { return }
        }
        carrier.healing.reverse()
    }

    private mutating func compare(_ bucket: Int, _ carrier: inout Carrier) throws(PostgresFailure) {
        let bounds = RecordName.bounds(of: bucket)
        var theirs: Set<RecordName> = []
        var from = bounds.first
        while true {
            carrier.reporter.alive()
            let answer = try connection.ask(
                """
                SELECT s.name, pg_catalog.octet_length(d.body) + pg_catalog.octet_length(s.signature)
                FROM trust.signature AS s JOIN trust.decision AS d USING (digest)
                WHERE s.name >= $1 AND s.name <= $2 ORDER BY s.name LIMIT \(Self.listed)
                """, [.bytes(from), .bytes(bounds.last)])
            let page = (0..<min(answer.count, Self.listed)).compactMap { row in Self.named(answer, row) }
            let isOrdered = zip(page, page.dropFirst()).allSatisfy { $0.name < $1.name } && page.allSatisfy { $0.name.bucket == bucket }
            guard page.count == answer.count, isOrdered, theirs.count + page.count <= Self.largestPart,
                page.first.map({ !theirs.contains($0.name) }) ?? true
            else { throw .lost(text: "the database's list of decisions is none") }
            theirs.formUnion(page.map(\.name))
            try fetch(page, &carrier)
            guard page.count == Self.listed, let last = page.last, carrier.handover.hasRoom else { break }
            from = last.name.bytes + [0]
        }
        guard carrier.handover.hasRoom else { return }
        carrier.healing += carrier.accepted.names(in: bucket).filter { !theirs.contains($0) }
    }
}
