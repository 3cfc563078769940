import TrustCore

/// trustd's messages to people.
struct Messages {
    private let messages = ServiceMessages(of: "trustd")

    func write(_ message: String, hint: String? = nil, severity: SystemLog.Severity = .warning) {
        messages.write(message, hint: hint, severity: severity)
    }

    func write(_ note: Note) { messages.write(note) }

    /// Reports that a fingerprint waits for a decision: in the journal with fields that programs can select by, else in one line.
    func announce(_ entry: PendingEntry) {
        let address = entry.addresses.last
        let message = "pending: \(entry.fingerprint)\(address.map { " from \($0)" } ?? "")"
        guard messages.isJournal else { return write(message, severity: .notice) }
        var fields = [(name: "FINGERPRINT", value: "\(entry.fingerprint)")]
        if let address { fields.append((name: "ADDRESS", value: "\(address)")) }
        SystemLog.send(message, severity: .notice, facility: .daemon, identifier: "trustd", fields: fields)
    }
}
