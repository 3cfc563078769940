package import TrustCore

/// What a relay's log says beside a sighting, as the database carries it: at most 2,048 bytes that mean nothing there.
extension PendingEntry.Observation {
    package static let mostCarried = 2_048
    /// Of one text of a stranger's.
    private static let longest = 256
    private static let format = RecordFormat("trust-observed 1")

    package var carried: [UInt8] {
        let whole = text
        if whole.count <= Self.mostCarried { return whole }
        // The address says more than names that a stranger has chosen.
        var short = self
        (short.helo, short.domain) = (nil, nil)
        return short.text
    }

    private var text: [UInt8] {
        var record = RecordWriter(Self.format)
        if let address { record.add("Address", address) }
        for address in oneOf { record.add("One-Of", address) }
        if let helo { record.add("Helo", Printable(helo, limit: Self.longest)) }
        if let domain { record.add("Domain", Printable(domain, limit: Self.longest)) }
        return record.encoded()
    }

    /// Nil for a text that `carried` is not. It is a stranger's.
    package init?(carried bytes: [UInt8]) {
        guard bytes.count <= Self.mostCarried, var record = try? RecordReader(bytes, as: Self.format) else { return nil }
        self.init()
        if let value = record.value(of: "Address") {
            guard let address = Address(value) else { return nil }
            self.address = address
        }
        while let value = record.value(of: "One-Of") {
            guard let address = Address(value), oneOf.count < Self.maximumAddresses, !oneOf.contains(address) else { return nil }
            oneOf.append(address)
        }
        // As in an entry's own file: whoever shows it escapes it.
        helo = record.value(of: "Helo").map { String($0) }
        domain = record.value(of: "Domain").map { String($0) }
        guard record.isAtEnd, oneOf.isEmpty || oneOf.count > 1 && address == nil else { return nil }
    }
}
