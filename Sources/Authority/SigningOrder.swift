package import Certificates
package import Host
package import Trust
package import TrustCore

/// What is to be signed.
package struct SigningOrder {
    package let wanted: [Wanted]
    package let days: Int
    package let reason: String?
    /// Whether nobody was asked: then it must still be wanted when it is signed.
    package var isRenewal = false

    /// One certificate that is wanted.
    package struct Wanted {
        package let key: RequestedKey
        /// The certificate that its client has shown in TLS, and for which the new one is handed over; nil: a request was brought in a file.
        package let shown: Fingerprint?
        /// What the subject is to say, in the operator's words or ours.
        package let name: String
        /// Whether Exim lets its client in by its fingerprint, and so hands nothing over.
        package var isLetIn = false

        /// `label` is an operator's word for the client. Nothing of what the client calls itself is used: he could call himself what another
        /// one is called.
        package init(_ key: RequestedKey, for shown: Fingerprint?, label: String?) {
            (self.key, self.shown) = (key, shown)
            let text = label.map { Self.cut($0) } ?? ""
            name = text.isEmpty ? "client \(key.spkiSHA256.prefix(16))" : text
        }

        /// At most 64 bytes (RFC 5280, ub-common-name), in whole characters.
        private static func cut(_ text: String) -> String {
            var text = text
            while text.utf8.count > 64 { text.removeLast() }
            return String(text.trimmed)
        }
    }

    package init(_ wanted: [Wanted], days: Int, reason: String?) { (self.wanted, self.days, self.reason) = (wanted, days, reason) }

    /// Nobody issues for longer: at the end only the CA knows who still has it.
    package static let longest = 3_650
}

extension SigningOrder.Wanted {
    /// For a certificate that is known here, or for whose key one was issued before. Throws when it is neither, or is denied.
    package init(_ fingerprint: Fingerprint, in register: Register, label: String?) throws(Failure) {
        let record = register[fingerprint]
        guard record.state != .denied else {
            throw .nothingSigned("\(fingerprint) is denied", hint: "if it is to relay: `trustctl approve`, or undo the denial")
        }
        var known = record.certificate
        if known == nil { known = try Self.issued(fingerprint, register) }
        guard let certificate = known else {
            throw Failure(
                "the certificate of \(fingerprint) is not known here; nothing was signed", .noSuchEntry,
                hint: "have its client try once more, or bring a request: trustctl ca sign --request FILE")
        }
        let key: RequestedKey
        do { key = try RequestedKey(of: certificate) } catch { throw .nothingSigned("\(fingerprint): \(error)", hint: error.hint) }
        self.init(key, for: fingerprint, label: label ?? (record.state == .approved ? record.label : nil))
        isLetIn = record.state == .approved
    }

    /// The last one that was issued as this one or in its place: it has the key.
    private static func issued(_ fingerprint: Fingerprint, _ register: Register) throws(Failure) -> Certificate? {
        try register.issued().map(\.certificate).last { $0.fingerprint == fingerprint || $0.shown == fingerprint }?.issued
    }
}
