import FoundationEssentials
import TrustCore

/// trustctl's JSON. Keys are a contract; what is absent is null.
enum JSON {
    /// The text of `value`. Every character that could move a terminal's cursor or turn its direction is escaped: the text may be looked
    /// at as well as read by a program.
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        guard let data = try? encoder.encode(value) else { return "" }
        var safe = ""
        for scalar in String(decoding: data, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                // The encoder has escaped what JSON forbids; its own newlines are ASCII.
                if scalar == "\n" { safe.unicodeScalars.append(scalar) } else { safe += escaped(scalar) }
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe + "\n"
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(Character(scalar)).utf16.map { "\\u" + String(UInt32($0) + 0x10000, radix: 16).suffix(4) }.joined()
    }
}

/// `{"version":1,"entries":[…]}`
struct EntriesDocument: Encodable {
    let version = 1
    let entries: [Entry]

    enum CodingKeys: CodingKey {
        case version, entries
    }

    struct Entry: Encodable {
        let record: Record
        let warnings: Warnings

        enum CodingKeys: String, CodingKey {
            case fingerprint, state, sightings, addresses, observed, certificate, label, reason, warnings
            case firstSeen = "first_seen"
            case lastSeen = "last_seen"
            case decidedBy = "decided_by"
            case decidedAt = "decided_at"
        }

        func encode(to encoder: any Encoder) throws {
            let facts = Facts(record)
            let certificate = record.certificate
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(record.fingerprint.description, forKey: .fingerprint)
            try fields.encode(record.state.rawValue, forKey: .state)
            try fields.encode(facts.firstSeen, forKey: .firstSeen)
            try fields.encode(facts.lastSeen, forKey: .lastSeen)
            try fields.encode(facts.sightings, forKey: .sightings)
            try fields.encode(facts.addresses, forKey: .addresses)
            try fields.encode(facts.observed.map(ObservedFields.init), forKey: .observed)
            try fields.encode(certificate.map { CertificateFields(certificate: $0, source: record.source) }, forKey: .certificate)
            try fields.encode(record.item?.label, forKey: .label)
            try fields.encode(decidedBy(record.decided), forKey: .decidedBy)
            try fields.encode(record.decided?.time, forKey: .decidedAt)
            try fields.encode(record.decided?.reason, forKey: .reason)
            try fields.encode(warnings.all(for: record, certificate), forKey: .warnings)
        }

        private func decidedBy(_ decision: Decision?) -> String? {
            if let decision { return decision.operator.described }
            switch record.state {
            case .approved: return record.item?.note?.by ?? "by hand"
            case .denied: return "by hand"
            case .pending, .none: return nil
            }
        }
    }

    private struct ObservedFields: Encodable {
        let observed: Evidence.Observed

        enum CodingKeys: CodingKey {
            case address, helo, domain
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(observed.address, forKey: .address)
            try fields.encode(observed.helo, forKey: .helo)
            try fields.encode(observed.domain, forKey: .domain)
        }
    }

    private struct CertificateFields: Encodable {
        let certificate: Certificate
        let source: CertificateSource?

        enum CodingKeys: String, CodingKey {
            case source, subject, issuer, key, ca
            case notBefore = "not_before"
            case notAfter = "not_after"
            case selfSigned = "self_signed"
            case spkiSHA256 = "spki_sha256"
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(source?.rawValue, forKey: .source)
            try fields.encode(certificate.subject, forKey: .subject)
            try fields.encode(certificate.issuer, forKey: .issuer)
            try fields.encode(certificate.notBefore.description, forKey: .notBefore)
            try fields.encode(certificate.notAfter.description, forKey: .notAfter)
            try fields.encode(certificate.key.description, forKey: .key)
            try fields.encode(certificate.selfSigned, forKey: .selfSigned)
            try fields.encode(certificate.isCA, forKey: .ca)
            try fields.encode(certificate.spkiSHA256, forKey: .spkiSHA256)
        }
    }
}
