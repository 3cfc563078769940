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
        if let certificate {
            lines += ["", "-----BEGIN CERTIFICATE-----"]
            var rest = certificate[...]
            while !rest.isEmpty {
                lines.append(String(rest.prefix(64)))
                rest = rest.dropFirst(64)
            }
            lines.append("-----END CERTIFICATE-----")
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// Reads the text of the file `name`. Throws for everything that `encoded` would not have written: the folder belongs to another user.
    package init(decoding bytes: [UInt8], name: String) throws(PendingEntryError) {
        guard bytes.count <= Self.maximumSize else { throw .tooLarge }
        guard bytes.allSatisfy({ $0 == 0x0A || ($0 >= 0x20 && $0 != 0x7F) }), let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(line: 1)
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst().map(String.init) == Self.heading else { throw .unreadable(line: 1) }
        guard lines.popLast() == "" else { throw .truncated }

        var fingerprint: Fingerprint?
        var firstSeen: Timestamp?
        var lastSeen: Timestamp?
        var sightings: UInt64?
        var addresses: [Address] = []
        var observed = Observation()
        var counted: [String: UInt64] = [:]
        // A blank line announces the certificate, and nothing else may end the facts.
        var hasCertificate = false
        while let line = lines.popFirst() {
            if line.isEmpty {
                hasCertificate = true
                break
            }
            let unreadable = PendingEntryError.unreadable(line: lines.startIndex)
            guard let colon = line.firstRange(of: ": ") else { throw unreadable }
            let value = line[colon.upperBound...]
            switch line[..<colon.lowerBound] {
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
        guard hasCertificate else { return }
        guard lines.popFirst() == "-----BEGIN CERTIFICATE-----", lines.popLast() == "-----END CERTIFICATE-----" else { throw .truncated }
        let body = lines.joined()
        guard Base64.isWellFormed(body.utf8) else { throw .unreadable(line: lines.startIndex) }
        certificate = body
    }
}

/// Base64 as RFC 4648 section 4 has it: what Exim's `${base64:}` writes, on one line.
package enum Base64 {
    /// Whether `text` is a non-empty multiple of four characters of the alphabet, with at most two `=` and these at its end.
    package static func isWellFormed(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        var digits = text[...]
        for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits.removeLast() }
        return !digits.isEmpty && text.count % 4 == 0
            && digits.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }

    /// The bytes that `text` stands for; nil when it is not well formed. For arrays alone: the compiler makes quick code only of this form,
    /// and a queue may hold thousands.
    package static func decode(_ text: [UInt8]) -> [UInt8]? {
        let padding = text.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        guard text.count % 4 == 0, text.count > padding else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        for index in 0..<text.count {
            let value: UInt8
            switch text[index] {
            case let byte where byte >= 65 && byte <= 90: value = byte &- 65
            case let byte where byte >= 97 && byte <= 122: value = byte &- 71
            case let byte where byte >= 48 && byte <= 57: value = byte &+ 4
            case 43: value = 62
            case 47: value = 63
            case _ where index >= text.count - padding: value = 0
            default: return nil
            }
            bits = bits << 6 | UInt32(value)
            if index & 3 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
            }
        }
        bytes.removeLast(padding)
        return bytes
    }
}

/// Why a file in `pending/` is no entry.
package enum PendingEntryError: Error, Equatable, CustomStringConvertible {
    case tooLarge
    case truncated
    case unreadable(line: Int)
    case fingerprint(FingerprintError)
    /// The content belongs to another name.
    case otherName(Fingerprint)

    package var description: String {
        switch self {
        case .tooLarge: "larger than \(PendingEntry.maximumSize) bytes"
        case .truncated: "not complete"
        case .unreadable(let line): "line \(line) is not understood"
        case .fingerprint(let reason): reason.description
        case .otherName(let fingerprint): "its content is that of \(fingerprint)"
        }
    }
}
