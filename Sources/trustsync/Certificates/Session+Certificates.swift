import FleetCarrier
import Postgres
import TrustCore

/// The certificates of what the fleet approves: relays that have never seen one get it from whoever has. Their names are computed here.
extension Session {
    static let certificatesAtOnce = 200
    private static let releasedAtOnce = 5_000
    private static let holdBytes = 2 << 20

    /// Asks for those that are missing here, and hands them to root.
    mutating func bringCertificates(_ carrier: inout Carrier) throws(PostgresFailure) {
        while carrier.certificates.isAsking, carrier.handover.hasRoom {
            let asked = carrier.certificates.next(atMost: Self.certificatesAtOnce)
            guard !asked.isEmpty else { continue }
            carrier.reporter.alive()
            let found: [(Fingerprint, [UInt8])]
            do throws(PostgresFailure) {
                found = try certificates(asked)
                carrier.reporter.say("certificates asked for", nil)
            } catch {
                // The attack: a table that gives no answer in time, so that decisions wait for it.
                guard error.state != nil else { throw error }
                carrier.reporter.say("certificates asked for", "the database does not give the certificates of what is approved: \(error)")
                return
            }
            for (fingerprint, der) in found where carrier.handover.add(CertificateRecord(der: der)) {
                carrier.certificates.handedOver(fingerprint)
            }
        }
    }

    /// Those of these that the database has, each once.
    mutating func certificates(_ names: Set<Fingerprint>) throws(PostgresFailure) -> [(Fingerprint, [UInt8])] {
        let answer = try connection.ask(
            "SELECT der FROM trust.certificate WHERE fingerprint = ANY ($1::pg_catalog.bytea[])", [.list(names.map { Digest($0).bytes })])
        var asked = names
        var found: [(Fingerprint, [UInt8])] = []
        for row in 0..<min(answer.count, Self.certificatesAtOnce) {
            // The attack: another certificate under this name, or one that is too long. What was not asked for does not get in.
            guard let der = answer.bytes(row, 0), CarriedCertificate.sizes.contains(der.count),
                let fingerprint = try? Fingerprint(digest: ContentDigest.of(der).bytes), asked.remove(fingerprint) != nil
            else { continue }
            found.append((fingerprint, der))
        }
        return found
    }

    /// Holds the certificates of what a decision approves that was made here, before the others hear of it. What the database does not take
    /// keeps no decision back.
    mutating func hold(_ record: CarriedRecord, _ carried: [CertificateRecord], _ carrier: inout Carrier) throws(PostgresFailure) {
        let named = carried.compactMap { one in one.fingerprint.map { ($0, one.der) } }
        let brought = Dictionary(named, uniquingKeysWith: { first, _ in first })
        var ders: [[UInt8]] = []
        for fingerprint in DecisionSayings(record.body).approved {
            guard let der = brought[fingerprint] ?? carrier.certificates.der(fingerprint), CarriedCertificate.sizes.contains(der.count)
            else { continue }
            ders.append(der)
            carrier.certificates.holds(fingerprint)
        }
        do throws(PostgresFailure) {
            try hold(ders)
            if !ders.isEmpty { carrier.reporter.say("hold", nil) }
        } catch {
            guard error.state != nil else { throw error }
            carrier.reporter.say(
                "hold", "the database does not take the certificate of what was approved: \(error)",
                hint: "trustctl fleet export | ssh RELAY trustctl fleet import - brings it")
        }
    }

    mutating func hold(_ certificates: [[UInt8]]) throws(PostgresFailure) {
        var rest = certificates[...]
        while !rest.isEmpty {
            var (some, bytes) = ([[UInt8]](), 0)
            while let next = rest.first, some.count < FleetSchema.certificatesAtOnce, bytes + next.count <= Self.holdBytes {
                some.append(next)
                bytes += next.count
                rest.removeFirst()
            }
            _ = try connection.ask("SELECT trust.hold($1)", [.list(some)])
        }
    }

    /// Has the database forget what left the queue, but for what was approved here: that is held in the same moment again, so that nobody
    /// finds it missing.
    mutating func forget(_ gone: [Fingerprint], _ carrier: inout Carrier) throws(PostgresFailure) {
        let names = PostgresValue.list(gone.map { Digest($0).bytes })
        let kept = gone.filter(carrier.certificates.held.contains).compactMap { carrier.certificates.der($0) }
        guard !kept.isEmpty else {
            _ = try connection.ask("SELECT trust.forget($1)", [names])
            return
        }
        do throws(PostgresFailure) {
            _ = try connection.ask(
                "SELECT gone, trust.hold($2) FROM (SELECT trust.forget($1) AS gone OFFSET 0) AS left_queue", [names, .list(kept)])
        } catch {
            guard error.isQuota else { throw error }
            _ = try connection.ask("SELECT trust.forget($1)", [names])
        }
    }

    /// Lets go of what was taken away. What others hold stays.
    mutating func releaseCertificates(_ carrier: inout Carrier) throws(PostgresFailure) {
        while true {
            let queued = carrier.queued
            let some = carrier.certificates.releasing(atMost: Self.releasedAtOnce) { queued?.isTold($0) ?? false }
            guard !some.isEmpty else { return }
            carrier.reporter.alive()
            do throws(PostgresFailure) {
                _ = try connection.ask(
                    """
                    SELECT trust.forget(ARRAY(SELECT fingerprint FROM trust.certificate WHERE fingerprint = ANY ($1::pg_catalog.bytea[])))
                    """, [.list(some.map { Digest($0).bytes })])
                carrier.certificates.releasedSome(atMost: Self.releasedAtOnce)
            } catch {
                guard error.state != nil else { throw error }
                return carrier.certificates.restReleasing()
            }
        }
    }
}
