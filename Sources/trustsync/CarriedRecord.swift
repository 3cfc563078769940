import FleetCarrier
import TrustCore

/// A signed text on its way. What trustsync looks at is the form and the size; whether the signature is good, root asks.
struct CarriedRecord {
    private let record: PackRecord
    /// SHA-256 of the text.
    let digest: Digest
    let name: RecordName

    var body: [UInt8] { record.body }
    var signature: [UInt8] { record.signature }
    var encoded: [UInt8] { record.encoded }

    static let maximumSize = PackRecord.maximumSize
    private static let armour = Array("-----BEGIN SSH SIGNATURE-----\n".utf8)

    /// Nil for what is too large or empty.
    init?(body: [UInt8], signature: [UInt8]) { self.init(PackRecord(body: body, signature: signature)) }

    /// Reads exactly one record, with nothing behind it.
    init?(decoding bytes: [UInt8]) {
        guard let record = PackRecord(exactly: bytes) else { return nil }
        self.init(record)
    }

    init?(_ record: PackRecord) {
        guard (1...PackRecord.maximumBody).contains(record.body.count), (1...PackRecord.maximumSignature).contains(record.signature.count)
        else { return nil }
        self.record = record
        digest = ContentDigest.of(record.body)
        name = ContentDigest.of(digest.bytes, record.signature)
    }

    /// Whether it looks like a signed decision of this fleet, or like its first one.
    func isDecision(of fleet: FleetIdentity) -> Bool {
        // The attack: a database that is full of what root would have to look at. Another fleet's decisions end here.
        let beginnings = [fleet, FleetIdentity(name: fleet.name, genesis: nil)].map { "trust-decision 1\nFleet: \($0)\n" }
        return signature.starts(with: Self.armour) && beginnings.contains { body.starts(with: $0.utf8) }
    }

    /// Whether it looks like a signed receipt.
    var isReceipt: Bool { body.starts(with: "trust-receipt ".utf8) && body.count <= 4_096 && signature.starts(with: Self.armour) }
}
