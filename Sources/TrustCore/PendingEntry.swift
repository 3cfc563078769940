/// What waits for a decision: the text of one file in `pending/`, named by its fingerprint.
///
/// Made of what strangers did: nothing in it is proof, and nothing in it but the fingerprint decides anything.
package struct PendingEntry: Equatable, Sendable {
    package let fingerprint: Fingerprint
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    /// The lines that name this fingerprint since the entry was created.
    package var sightings: UInt64
    /// From our extended line: where the client connected from, as Exim knows it; the latest last.
    package var addresses: [Address]
    /// From a neighbouring line: likely, and no limit counts it.
    package var observed: Observation?
    /// For each log, the sequence number up to which this entry has counted: a replay neither loses nor counts twice.
    package var counted: [String: UInt64]
    /// The certificate's DER form as base64, if the line bore it. SHA-256 of it need not be the fingerprint: that is for the reader to check.
    package var certificate: String?

    /// Facts that a neighbouring line of the log lent.
    package struct Observation: Equatable, Sendable {
        package var address: Address?
        /// The name that the client gave itself.
        package var helo: String?
        /// The recipient's domain.
        package var domain: String?

        package init(address: Address? = nil, helo: String? = nil, domain: String? = nil) {
            self.address = address
            self.helo = helo
            self.domain = domain
        }
    }

    /// The largest file that is one; a certificate that makes it larger is left out by the writer.
    package static let maximumSize = 16_384
    /// Addresses that are remembered: more would only be an attacker's way to fill the file.
    package static let maximumAddresses = 8
    private static let heading = "trustd-pending 1"

    package init(
        fingerprint: Fingerprint, firstSeen: Timestamp, lastSeen: Timestamp, sightings: UInt64 = 1, addresses: [Address] = [],
        observed: Observation? = nil, counted: [String: UInt64] = [:], certificate: String? = nil
    ) {
        self.fingerprint = fingerprint
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.sightings = sightings
        self.addresses = addresses
        self.observed = observed
        self.counted = counted
        self.certificate = certificate
    }

    /// Moves `address` to the end of the remembered ones, dropping the oldest when there are too many.
    package mutating func remember(_ address: Address) {
        addresses.removeAll { $0 == address }
        addresses.append(address)
        if addresses.count > Self.maximumAddresses { addresses.removeFirst(addresses.count - Self.maximumAddresses) }
    }

    /// The file's text.
    package func encoded() -> [UInt8] {
        var lines = [
            Self.heading, "Fingerprint: \(fingerprint)", "First-Seen: \(firstSeen)", "Last-Seen: \(lastSeen)", "Sightings: \(sightings)",
        ]
        lines += addresses.map { "Address: \($0)" }
        if let address = observed?.address { lines.append("Observed-Address: \(address)") }
        if let helo = observed?.helo { lines.append("Observed-Helo: \(Printable(helo))") }
        if let domain = observed?.domain { lines.append("Observed-Domain: \(Printable(domain))") }
        lines += counted.sorted { $0.key < $1.key }.map { "Counted: \($0.value) \($0.key)" }
        var text = Array((lines.joined(separator: "\n") + "\n").utf8)
        if let certificate {
            text += "\n-----BEGIN CERTIFICATE-----\n".utf8
            // As bytes: most of the file is here.
            let digits = Array(certificate.utf8)
            for start in stride(from: 0, to: digits.count, by: 64) {
                text += digits[start..<min(start + 64, digits.count)]
                text.append(UInt8(ascii: "\n"))
            }
            text += "-----END CERTIFICATE-----\n".utf8
        }
        return text
    }

    /// Reads the text of the file `name`. Throws for everything that `encoded` would not have written: the folder belongs to another user.
    package init(decoding bytes: [UInt8], name: String) throws(PendingEntryError) {
        guard bytes.count <= Self.maximumSize else { throw .tooLarge }
        // A blank line announces the certificate, and nothing else may end the facts.
        let blank = bytes.indices.dropLast().first { bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A }
        let facts = blank.map { bytes[...$0] } ?? bytes[...]
        let certificateBytes = blank.map { bytes[($0 + 2)...] }
        guard facts.allSatisfy({ $0 == 0x0A || ($0 >= 0x20 && $0 != 0x7F) }), String(validating: facts, as: UTF8.self) != nil else {
            throw .unreadable(line: 1)
        }
        // Cut as bytes: a list may show thousands, and cutting text looks every character up in Unicode's tables.
        var lines = facts.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        guard lines.popFirst()?.elementsEqual(Self.heading.utf8) == true else { throw .unreadable(line: 1) }
        guard lines.popLast()?.isEmpty == true else { throw .truncated }

        var fingerprint: Fingerprint?
        var firstSeen: Timestamp?
        var lastSeen: Timestamp?
        var sightings: UInt64?
        var addresses: [Address] = []
        var observed = Observation()
        var counted: [String: UInt64] = [:]
        while let line = lines.popFirst() {
            let unreadable = PendingEntryError.unreadable(line: lines.startIndex)
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line[(colon + 1)...].first == UInt8(ascii: " ") else {
                throw unreadable
            }
            let value = Substring(decoding: line[(colon + 2)...], as: UTF8.self)
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "Fingerprint" where fingerprint == nil:
                do { fingerprint = try Fingerprint(exactly: value.utf8) } catch { throw .fingerprint(error) }
            case "First-Seen" where firstSeen == nil: firstSeen = Timestamp(rfc3339: value)
            case "Last-Seen" where lastSeen == nil: lastSeen = Timestamp(rfc3339: value)
            case "Sightings" where sightings == nil: sightings = Decimal.number(value.utf8).map(UInt64.init)
            case "Address":
                guard let address = Address(value), addresses.count < Self.maximumAddresses else { throw unreadable }
                addresses.append(address)
            case "Observed-Address" where observed.address == nil:
                guard let address = Address(value) else { throw unreadable }
                observed.address = address
            case "Observed-Helo" where observed.helo == nil: observed.helo = String(value)
            case "Observed-Domain" where observed.domain == nil: observed.domain = String(value)
            case "Counted":
                let parts = value.split(separator: " ", maxSplits: 1)
                guard parts.count == 2, let upTo = Decimal.number(parts[0].utf8) else { throw unreadable }
                counted[String(parts[1])] = UInt64(upTo)
            default: throw unreadable
            }
        }
        guard let fingerprint, let firstSeen, let lastSeen, let sightings, sightings > 0 else { throw .truncated }
        guard fingerprint.description == name else { throw .otherName(fingerprint) }
        self.init(
            fingerprint: fingerprint, firstSeen: firstSeen, lastSeen: lastSeen, sightings: sightings, addresses: addresses,
            observed: observed == Observation() ? nil : observed, counted: counted)
        certificate = try certificateBytes.map { bytes throws(PendingEntryError) in try Self.certificate(in: bytes) }
    }

    /// The base64 between the two lines of PEM; read as bytes, for it is most of the file and a list may show thousands.
    private static func certificate(in bytes: ArraySlice<UInt8>) throws(PendingEntryError) -> String {
        let begin = Array("-----BEGIN CERTIFICATE-----\n".utf8)
        let end = Array("-----END CERTIFICATE-----\n".utf8)
        guard bytes.count > begin.count + end.count, bytes.starts(with: begin), bytes.suffix(end.count).elementsEqual(end) else {
            throw .truncated
        }
        let body = bytes.dropFirst(begin.count).dropLast(end.count).filter { $0 != UInt8(ascii: "\n") }
        guard Base64.isWellFormed(body) else { throw .badCertificate }
        return String(decoding: body, as: UTF8.self)
    }
}

/// Why a file in `pending/` is no entry.
package enum PendingEntryError: Error, Equatable, CustomStringConvertible {
    case tooLarge
    case truncated
    case unreadable(line: Int)
    case badCertificate
    case fingerprint(FingerprintError)
    /// The content belongs to another name.
    case otherName(Fingerprint)

    package var description: String {
        switch self {
        case .tooLarge: "larger than \(PendingEntry.maximumSize) bytes"
        case .truncated: "not complete"
        case .unreadable(let line): "line \(line) is not understood"
        case .badCertificate: "what stands as its certificate is not base64"
        case .fingerprint(let reason): reason.description
        case .otherName(let fingerprint): "its content is that of \(fingerprint)"
        }
    }
}
