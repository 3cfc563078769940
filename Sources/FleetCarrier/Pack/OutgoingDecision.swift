import TrustCore

/// A file in the outbox: one signed decision, and behind it the certificates of what it approves. It is a pack, and appears whole.
package struct OutgoingDecision: Equatable, Sendable {
    package let record: PackRecord
    package let certificates: [CertificateRecord]

    /// Bytes of the file.
    package static let maximumSize = PackReader.maximumSize

    /// Leaves out the certificates that the decision does not approve, and those for which there is no room: they may come in another way.
    package init(_ record: PackRecord, bringing certificates: [CertificateRecord]) {
        self.record = record
        var wanted = Set(DecisionSayings(record.body).approved)
        var room = Self.maximumSize - record.encoded.count
        self.certificates = certificates.filter { certificate in
            let size = certificate.record.encoded.count
            guard size <= room, let name = certificate.fingerprint, wanted.remove(name) != nil else { return false }
            room -= size
            return true
        }
    }

    /// Nil for what is no record with certificates behind it. What the decision does not approve is left out.
    package init?(decoding bytes: [UInt8]) {
        guard var reader = try? PackReader(bytes, limit: Self.maximumSize) else { return nil }
        var certificates: [CertificateRecord] = []
        do throws(PackReader.Fault) {
            guard let first = try reader.next() else { return nil }
            while let next = try reader.next() {
                guard let certificate = CertificateRecord(next) else { return nil }
                certificates.append(certificate)
            }
            self.init(first, bringing: certificates)
        } catch { return nil }
    }

    package var encoded: [UInt8] { record.encoded + certificates.flatMap(\.record.encoded) }
}
