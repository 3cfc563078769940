package import TrustCore

/// What trustsync says of itself in `state/status`. trustctl reads it as hostile input: it belongs to another user.
package struct CarrierStatus: Equatable, Sendable {
    package var process: Int
    package var since: Timestamp
    package var updated: Timestamp
    /// The host whose database it is connected to, since when, and how it hears what is new; nil: it is not connected.
    package var connection: Connection?
    /// When the database last answered.
    package var heard: Timestamp?
    /// Why it is not connected, or what does not work.
    package var trouble: String?
    /// How many decisions of this host's operators wait in the outbox, and how many accepted ones the database still lacks.
    package var outbox = 0
    package var missing = 0
    /// How many records root has accepted on this host.
    package var accepted = 0

    package enum Way: String, Sendable { case notified, polling }

    package struct Connection: Equatable, Sendable {
        package var host: String
        package var since: Timestamp
        package var way: Way

        package init(host: String, since: Timestamp, way: Way) { (self.host, self.since, self.way) = (host, since, way) }
    }

    /// Its file in trustsync's `state`.
    package static let name = "status"
    package static let maximumSize = 8_192
    private static let format = RecordFormat("trustsync-status 1")

    package init(process: Int, since: Timestamp, updated: Timestamp) {
        (self.process, self.since, self.updated) = (process, since, updated)
    }

    /// The file's text.
    package var encoded: [UInt8] {
        var record = RecordWriter(Self.format)
        record.add("Process", process)
        record.add("Since", since)
        record.add("Updated", updated)
        if let connection {
            record.add("Connected", "\(connection.since) \(connection.way.rawValue) \(Printable(connection.host, limit: 300))")
        }
        if let heard { record.add("Heard", heard) }
        if let trouble { record.add("Trouble", Printable(trouble, limit: 400)) }
        record.add("Outbox", outbox)
        record.add("Missing", missing)
        record.add("Accepted", accepted)
        return record.encoded()
    }

    /// Nil for a text that trustsync does not write.
    package init?(decoding bytes: [UInt8]) {
        guard bytes.count <= Self.maximumSize, var record = try? RecordReader(bytes, as: Self.format),
            let process = record.value(of: "Process").flatMap({ Decimal.number($0.utf8) }),
            let since = record.value(of: "Since").flatMap({ Timestamp(rfc3339: $0) }),
            let updated = record.value(of: "Updated").flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(process: process, since: since, updated: updated)
        if let value = record.value(of: "Connected") {
            let words = value.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let since = Timestamp(rfc3339: words[0]), let way = Way(rawValue: String(words[1])) else { return nil }
            connection = Connection(host: String(words[2]), since: since, way: way)
        }
        if let value = record.value(of: "Heard") {
            guard let time = Timestamp(rfc3339: value) else { return nil }
            heard = time
        }
        trouble = record.value(of: "Trouble").map { String($0) }
        guard let outbox = record.value(of: "Outbox").flatMap({ Decimal.number($0.utf8) }),
            let missing = record.value(of: "Missing").flatMap({ Decimal.number($0.utf8) }),
            let accepted = record.value(of: "Accepted").flatMap({ Decimal.number($0.utf8) }), record.isAtEnd
        else { return nil }
        (self.outbox, self.missing, self.accepted) = (outbox, missing, accepted)
    }
}
