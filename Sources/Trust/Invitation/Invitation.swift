package import Certificates
package import TrustCore

/// What root keeps of a code that was given to somebody: enough to know a proof, and not the code.
package struct Invitation: Equatable {
    let key: InvitationKey
    /// What the certificate is to be called.
    package let label: String?
    package let reason: String?
    package let expires: Timestamp
    /// Who invited.
    package let `operator`: Operator
    /// Of the certificate by which the code knows the relay.
    package let relay: Fingerprint
    /// Whom it was about to admit when it was used up: where the approval is signed elsewhere, it may never have come to that.
    package var admits: Fingerprint?
    /// Who was seen with a good proof by a command that may be killed, with the SHA-256 of each one's key.
    package private(set) var comers: [Fingerprint: String] = [:]

    package init(_ key: InvitationKey, label: String?, reason: String?, expires: Timestamp, by operator: Operator, relay: Fingerprint) {
        self.key = key
        self.label = label
        self.reason = reason
        self.expires = expires
        self.operator = `operator`
        self.relay = relay
    }

    package var name: String { key.name }

    /// As people know it; safe to print.
    package var shown: String { label.map { "“\(Printable($0, limit: 64))”" } ?? name }

    /// The same, with these as who was seen. Two keys are enough to close it, so of more not all are kept.
    func seen(_ comers: [Fingerprint: String]) -> Invitation {
        var seen = self
        seen.comers = [:]
        for (fingerprint, key) in comers.sorted(by: { $0.key < $1.key }) where seen.comers.values.count(where: { $0 == key }) < 2 {
            if seen.comers.count < Self.mostComers { seen.comers[fingerprint] = key }
        }
        return seen
    }

    /// The attack: who has the code makes certificate after certificate with it, until the file is too long to be read.
    private static let mostComers = 8

    package func isExpired(at now: Timestamp) -> Bool { expires < now }

    /// The longest time for which one may be open, in seconds: its proofs can be attacked as long as it is.
    package static let longest: Int64 = 7 * 86_400
    /// How long one that is over is remembered after its end, in seconds: a second proof then still tells that its code was seen.
    static let remembered: Int64 = 30 * 86_400
}

extension Invitation {
    static let maximumSize = 8_192
    private static let format = RecordFormat("Version: 1", ending: .body)

    var encoded: [UInt8] {
        var writer = RecordWriter(Self.format)
        writer.add("Key", key.text)
        if let label { writer.add("Label", label) }
        if let reason { writer.add("Reason", reason) }
        writer.add("Expires", expires)
        writer.add("Operator", "\(`operator`.loginUID.map { "\($0)" } ?? "-") \(`operator`.name)")
        if let sudo = `operator`.sudoUser { writer.add("Sudo", sudo) }
        writer.add("Relay", relay)
        if let admits { writer.add("Admits", admits) }
        for (fingerprint, key) in comers.sorted(by: { $0.key < $1.key }) { writer.add("Comer", "\(fingerprint) \(key)") }
        return writer.encoded()
    }

    /// Nil for anything but an invitation of that name.
    init?(_ bytes: [UInt8], name: String) {
        guard var reader = try? RecordReader(bytes, as: Self.format) else { return nil }
        guard let key = reader.value(of: "Key").flatMap({ InvitationKey(hex: $0) }), key.name == name else { return nil }
        let label = reader.value(of: "Label").map(String.init)
        let reason = reader.value(of: "Reason").map(String.init)
        guard let expires = reader.value(of: "Expires").flatMap({ Timestamp(rfc3339: $0) }),
            let inviter = reader.value(of: "Operator").flatMap({ Operator(invitation: $0, sudo: reader.value(of: "Sudo")) }),
            let relay = reader.value(of: "Relay").flatMap({ try? Fingerprint(exactly: $0.utf8) })
        else { return nil }
        let admits = reader.value(of: "Admits")
        self.init(key, label: label, reason: reason, expires: expires, by: inviter, relay: relay)
        self.admits = admits.flatMap { try? Fingerprint(exactly: $0.utf8) }
        while let comer = reader.value(of: "Comer") {
            let words = comer.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, words[1].utf8.count == 64, words[1].utf8.allSatisfy(\.isHexDigit),
                let fingerprint = try? Fingerprint(exactly: words[0].utf8)
            else { return nil }
            comers[fingerprint] = String(words[1])
        }
        guard reader.isAtEnd, (self.admits == nil) == (admits == nil) else { return nil }
    }
}

extension Operator {
    /// `<login uid> <name>`, and what sudo claimed. Invitations are root's, so root decides by them.
    fileprivate init?(invitation text: Substring, sudo: Substring?) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let number = parts[0] == "-" ? nil : UInt32(parts[0])
        guard parts[0] == "-" || number != nil else { return nil }
        self.init(login: number == nil ? nil : String(parts[1]), loginUID: number, sudoUser: sudo.map(String.init), uid: 0)
    }
}
