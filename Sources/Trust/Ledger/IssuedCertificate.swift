package import Certificates
import FoundationEssentials
package import Host
package import TrustCore

extension LocalEffects {
    /// A certificate that this host's own CA has issued.
    package struct Issued: Codable, Equatable {
        package let fingerprint: Fingerprint
        /// The certificate that its client has shown; nil: it came with a request.
        package let shown: Fingerprint?
        /// What its subject says.
        package let name: String
        /// RFC 3339, in UTC.
        package let ends: String
        /// SHA-256 of the key, as in `Certificate`.
        package let key: String
        /// DER as base64.
        private let certificate: String

        package init(_ certificate: Certificate, for shown: Fingerprint?, name: String) {
            fingerprint = certificate.fingerprint
            self.shown = shown
            self.name = name
            ends = certificate.notAfter.description
            key = certificate.spkiSHA256
            self.certificate = Data(certificate.der).base64EncodedString()
        }

        /// Nil when the line was altered.
        package var issued: Certificate? { try? Certificate(claimed: certificate, for: fingerprint) }

        package func isOver(at now: Timestamp) -> Bool { Timestamp(rfc3339: ends).map { $0 < now } ?? false }

        private enum CodingKeys: String, CodingKey {
            case fingerprint, name, ends, key, certificate
            case shown = "for"
        }
    }
}

/// A certificate that our CA has issued, with the decision that says so.
package struct IssuedCertificate {
    package let certificate: LocalEffects.Issued
    /// The decision's number in the ledger.
    package let number: Int
    /// RFC 3339, in UTC.
    package let time: String
    /// As `Operator.described`.
    package let by: String
}

extension Books {
    /// All that our CA has issued, the oldest first.
    package func issued() throws(SystemError) -> [IssuedCertificate] {
        var found: [IssuedCertificate] = []
        // Keys are written in order, so each line begins with its action. Decoding all would take long.
        let beginning = Array("{\"action\":\"\(Decision.Action.sign.rawValue)\"".utf8)
        var number = 0
        try ledger.eachLine { line, _ in
            number += 1
            guard line.starts(with: beginning), let entry = LedgerEntry(line: line) else { return }
            for certificate in entry.effects.issued ?? [] {
                found.append(
                    IssuedCertificate(
                        certificate: certificate, number: number, time: entry.time, by: entry.decision.operator.described))
            }
        }
        return found
    }
}

extension Register {
    /// All that our CA has issued, the oldest first.
    package func issued() throws(Failure) -> [IssuedCertificate] {
        do throws(SystemError) { return try books.issued() } catch { throw Failure(error) }
    }

    /// Whether this key was revoked: then it gets no certificate any more. `key` as in `Certificate`.
    package func isKeyDenied(_ key: String) -> Bool { deniedKeys.holds(key) }

    /// Those in force that our CA has issued to the keys of `fingerprints`, which may be certificates that were issued, those for which they
    /// were, or others with such a key. Makes them known.
    ///
    /// The attack: a thief has a second certificate with the stolen key, and keeps it when the first one is revoked.
    package mutating func know(issuedToKeysOf fingerprints: [Fingerprint], at now: Timestamp = .now) throws(Failure) -> [Fingerprint] {
        let all = try issued().map(\.certificate)
        guard !all.isEmpty else { return [] }
        let wanted = Set(fingerprints)
        var keys = Set(all.filter { wanted.contains($0.fingerprint) || $0.shown.map(wanted.contains) ?? false }.map(\.key))
        keys.formUnion(fingerprints.compactMap { self[$0].outline?.spkiSHA256 })
        let found = all.filter { keys.contains($0.key) && !$0.isOver(at: now) }
        for one in found { if let certificate = one.issued { know(certificate) } }
        return found.map(\.fingerprint).sorted()
    }
}
