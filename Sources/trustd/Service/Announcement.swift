import TrustCore

/// Says that a fingerprint waits for a decision: to the journal with fields that programs can select by, else in one line.
enum Announcement {
    static func make(of entry: PendingEntry, voice: Voice) {
        let address = entry.addresses.last
        let message = "pending: \(entry.fingerprint)\(address.map { " from \($0)" } ?? "")"
        guard SystemLog.ownsStandardError else { return voice.say(message, severity: .notice) }
        var fields = [(name: "FINGERPRINT", value: "\(entry.fingerprint)")]
        if let address { fields.append((name: "ADDRESS", value: "\(address)")) }
        SystemLog.send(message, severity: .notice, facility: .daemon, identifier: "trustd", fields: fields)
    }
}
