import Certificates
import EximControl
import FleetHost
import Trust
import TrustCore

/// `{"version":1,"entries":[…]}`
struct EntriesDocument: Encodable {
    let version = 1
    let entries: [Entry]

    struct Entry: Encodable {
        let fingerprint: Fingerprint
        let state: String
        @Nullable var firstSeen: String?
        @Nullable var lastSeen: String?
        @Nullable var sightings: UInt64?
        let addresses: [String]
        @Nullable var observed: Observed?
        @Nullable var certificate: CertificateFields?
        @Nullable var label: String?
        /// Only there with trust by a CA.
        let letInBy: [String]?
        /// Only there when the approval has an end.
        let until: String?
        /// Only there when it has a note.
        let note: String?
        @Nullable var decidedBy: String?
        @NullableTime var decidedAt: String?
        @Nullable var reason: String?
        let warnings: [String]
        /// Only there on a console of a fleet: which relays have queued it.
        let relays: [RelayFields]?
        /// Only there in a fleet, where one of its decisions says so.
        let decision: String?
        let signer: String?

        init(_ record: Record, _ warnings: Warnings, fleet: FleetWords? = nil) {
            let facts = record.seen
            let certificate = record.certificate
            fingerprint = record.fingerprint
            state = record.stateName
            firstSeen = facts.firstSeen
            lastSeen = facts.lastSeen
            sightings = facts.sightings
            addresses = facts.addresses
            observed = facts.observed.map { Observed(address: $0.address, helo: $0.helo, domain: $0.domain, oneOf: $0.oneOf) }
            self.certificate = certificate.map { CertificateFields($0, source: record.source) }
            label = record.label
            letInBy = record.waysIn?.names
            until = record.terms.until?.description
            note = record.terms.note
            decidedBy = Self.decidedBy(record)
            decidedAt = record.decided?.time
            reason = record.decided?.reason
            self.warnings = warnings.all(for: record, certificate)
            relays = record.relays?.map { RelayFields($0) }
            let word = fleet?.word(about: record)
            (decision, signer) = (word?.decision, word?.signer)
        }

        private static func decidedBy(_ record: Record) -> String? {
            if let decided = record.decided { return decided.by }
            switch record.state {
            case .approved: return record.item?.note?.by ?? "by hand"
            case .denied: return "by hand"
            case .pending, .none: return nil
            }
        }
    }

    struct Observed: Encodable {
        @Nullable var address: String?
        @Nullable var helo: String?
        @Nullable var domain: String?
        /// Only there when `address` is null because it is one of these.
        let oneOf: [String]?
    }

    struct RelayFields: Encodable {
        let member: String
        let firstSeen: String
        let lastSeen: String
        let sightings: UInt64
        let addresses: [String]

        init(_ seen: RelaySighting) {
            member = seen.relay
            (firstSeen, lastSeen) = (seen.entry.firstSeen.description, seen.entry.lastSeen.description)
            (sightings, addresses) = (seen.entry.sightings, seen.entry.addresses.map(\.description))
        }
    }

    struct CertificateFields: Encodable {
        @Nullable var source: CertificateSource?
        let subject: String
        let issuer: String
        let notBefore: String
        let notAfter: String
        let key: String
        let selfSigned: Bool
        let ca: Bool
        let spkiSHA256: String

        init(_ certificate: Certificate, source: CertificateSource?) {
            self.source = source
            subject = certificate.subject
            issuer = certificate.issuer
            notBefore = certificate.notBefore.description
            notAfter = certificate.notAfter.description
            key = certificate.key.description
            selfSigned = certificate.selfSigned
            ca = certificate.isCA
            spkiSHA256 = certificate.spkiSHA256
        }
    }
}
