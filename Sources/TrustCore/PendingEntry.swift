/// A fingerprint that waits for a decision: the text of one file in `pending/`. The fingerprint is the file's name.
///
/// Clients caused everything in it. Nothing in it is proof, and only the fingerprint is used for a decision.
package struct PendingEntry: Equatable, Sendable {
    package let fingerprint: Fingerprint
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    /// How many lines named this fingerprint since the entry was created.
    package var sightings: UInt64
    /// The client's addresses as Exim saw them, from lines of our form; the latest last.
    package var addresses: [Address]
    /// From a neighbouring line: likely, but not certain, so no limit counts it.
    package var observed: Observation?
    /// For each log, the sequence number up to which this entry has counted: lines that are read again are not counted again.
    package var counted: [String: UInt64]
    /// The certificate's DER form in base64, if a line had it. The reader must check that its SHA-256 is the fingerprint.
    package var certificate: String?

    /// Facts from a neighbouring line of the log.
    package struct Observation: Equatable, Sendable {
        package var address: Address?
        /// The name that the client gave in its HELO.
        package var helo: String?
        /// The recipient's domain.
        package var domain: String?

        /// Where lines of several connections cannot be told apart: one of these is the client's address, and `address` is nil.
        package var oneOf: [Address] = []

        /// Among more addresses than that, one that is the client's says nothing.
        package static let maximumAddresses = 4

        package init(address: Address? = nil, helo: String? = nil, domain: String? = nil) {
            self.address = address
            self.helo = helo
            self.domain = domain
        }

        /// What is certain if one of `all` is the right one: a fact in which they agree, and else the choice of addresses. Empty when that
        /// would be too many.
        package init(oneOf all: [Observation]) {
            var addresses: [Address] = []
            for case let address? in all.map(\.address) where !addresses.contains(address) { addresses.append(address) }
            self.init()
            guard addresses.count <= Self.maximumAddresses, let first = all.first else { return }
            if all.allSatisfy({ $0.address == first.address }) { address = first.address }
            if all.allSatisfy({ $0.helo == first.helo }) { helo = first.helo }
            if all.allSatisfy({ $0.domain == first.domain }) { domain = first.domain }
            if addresses.count > 1 { oneOf = addresses }
        }
    }

    /// A larger file is not an entry. The writer leaves a certificate out that would make it larger.
    package static let maximumSize = 16_384
    /// How many addresses are remembered: more would only help an attacker to fill the file.
    package static let maximumAddresses = 8
    private static let format = RecordFormat("trustd-pending 1", ending: .body)
    /// Begins the line of `Observation.oneOf`. A program of version 0.1 refuses an entry with a name that it does not know, and takes this line
    /// for the count of a log that is not configured.
    private static let choice = "0 observed one of "

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

    /// Puts `address` at the end of the remembered ones, and drops the oldest when there are too many.
    package mutating func remember(_ address: Address) {
        addresses.removeAll { $0 == address }
        addresses.append(address)
        if addresses.count > Self.maximumAddresses { addresses.removeFirst(addresses.count - Self.maximumAddresses) }
    }

    /// The file's text.
    package func encoded() -> [UInt8] {
        var record = RecordWriter(Self.format)
        record.add("Fingerprint", fingerprint)
        record.add("First-Seen", firstSeen)
        record.add("Last-Seen", lastSeen)
        record.add("Sightings", sightings)
        for address in addresses { record.add("Address", address) }
        if let address = observed?.address { record.add("Observed-Address", address) }
        if let helo = observed?.helo { record.add("Observed-Helo", Printable(helo)) }
        if let domain = observed?.domain { record.add("Observed-Domain", Printable(domain)) }
        if let oneOf = observed?.oneOf, !oneOf.isEmpty {
            record.add("Counted", Self.choice + oneOf.map(\.description).joined(separator: ", "))
        }
        for (log, upTo) in counted.sorted(by: { $0.key < $1.key }) { record.add("Counted", "\(upTo) \(log)") }
        return record.encoded(body: certificate.map { CertificatePEM.text(base64: Array($0.utf8)) })
    }

    /// Reads the text of the file `name`. Throws for a text that `encoded` would not have written: the folder belongs to another user.
    package init(decoding bytes: [UInt8], name: String) throws(PendingEntryError) {
        guard bytes.count <= Self.maximumSize else { throw .tooLarge }
        var record: RecordReader
        do { record = try RecordReader(bytes, as: Self.format) } catch { throw PendingEntryError(error) }

        var fingerprint: Fingerprint?
        var firstSeen: Timestamp?
        var lastSeen: Timestamp?
        var sightings: UInt64?
        var addresses: [Address] = []
        var observed = Observation()
        var counted: [String: UInt64] = [:]
        while let field = try Self.next(&record) {
            let unreadable = PendingEntryError.unreadable(line: field.line)
            guard field.isPlain else { throw unreadable }
            let value = field.value
            switch field.name {
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
            case "Counted" where value.hasPrefix(Self.choice):
                guard observed.oneOf.isEmpty, let addresses = Self.addresses(value.dropFirst(Self.choice.count)) else { throw unreadable }
                observed.oneOf = addresses
            case "Counted":
                let parts = value.split(separator: " ", maxSplits: 1)
                guard parts.count == 2, let upTo = Decimal.number(parts[0].utf8) else { throw unreadable }
                counted[String(parts[1])] = UInt64(upTo)
            default: throw unreadable
            }
        }
        guard let fingerprint, let firstSeen, let lastSeen, let sightings, sightings > 0 else { throw .truncated }
        // A trustd of version 0.1 keeps the choice when it learns the address.
        if observed.address != nil { observed.oneOf = [] }
        guard fingerprint.description == name else { throw .otherName(fingerprint) }
        self.init(
            fingerprint: fingerprint, firstSeen: firstSeen, lastSeen: lastSeen, sightings: sightings, addresses: addresses,
            observed: observed == Observation() ? nil : observed, counted: counted)
        certificate = try record.body.map { bytes throws(PendingEntryError) in try Self.certificate(in: bytes) }
    }

    /// Two or more, each once; nil for anything else.
    private static func addresses(_ text: Substring) -> [Address]? {
        var addresses: [Address] = []
        for word in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let address = Address(addresses.isEmpty ? word : word.dropFirst()), addresses.isEmpty || word.first == " ",
                !addresses.contains(address)
            else { return nil }
            addresses.append(address)
        }
        return (2...Observation.maximumAddresses).contains(addresses.count) ? addresses : nil
    }

    private static func next(_ record: inout RecordReader) throws(PendingEntryError) -> RecordReader.Field? {
        do { return try record.next() } catch { throw PendingEntryError(error) }
    }

    /// The base64 of the certificate; read as bytes, because it is most of the file and a list may show thousands.
    private static func certificate(in bytes: ArraySlice<UInt8>) throws(PendingEntryError) -> String {
        guard let body = CertificatePEM.body(of: bytes) else { throw .truncated }
        guard Base64.isWellFormed(body) else { throw .badCertificate }
        return String(decoding: body, as: UTF8.self)
    }
}
