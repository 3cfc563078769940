import EximControl
package import Host
package import TrustCore

/// How an operator names a certificate: by the whole fingerprint, or by a unique beginning or a label that the list, the queue or the ledger
/// know, whatever its state.
package enum FingerprintReference {
    /// The attack: somebody tries keys until the beginning of his fingerprint is another one's. Eight digits can be forged, sixteen cannot.
    package static let minimumDigits = 16

    /// The fingerprints that `texts` name, each once, in that order.
    package static func resolve(_ texts: [String], in register: Register) throws(Failure) -> [Fingerprint] {
        var found: [Fingerprint] = []
        for text in texts {
            let fingerprint = try resolve(text, in: register)
            if !found.contains(fingerprint) { found.append(fingerprint) }
        }
        return found
    }

    /// The fingerprint that `text` names among `register`'s records. A whole one need not be known.
    package static func resolve(_ text: String, in register: Register) throws(Failure) -> Fingerprint {
        let digits = Fingerprint.hexDigits(of: text)
        let isHex = !digits.isEmpty && digits.allSatisfy { (48...57).contains($0) || (65...70).contains($0) }
        if digits.count == Fingerprint.digits, isHex {
            do { return try Fingerprint(text) } catch { throw Failure(error.description, .refused, hint: "no trustctl command accepts it") }
        }
        let labelled = register.labelled(text)
        // A label that somebody wrote by hand may look like the beginning of another fingerprint: then the text is ambiguous.
        if !labelled.isEmpty, !isHex || digits.count < minimumDigits { return try theOne(of: labelled, for: text) }
        let shown = Printable(text, limit: 80)
        if isHex, digits.count < minimumDigits {
            throw Failure(
                "“\(shown)” is not a fingerprint", .refused,
                hint: "give at least \(minimumDigits) digits from its beginning: fewer can be forged")
        }
        if isHex, digits.count < Fingerprint.digits {
            let beginning = String(decoding: digits, as: UTF8.self)
            let found = try register.known(beginning).union(labelled)
            guard !found.isEmpty else {
                throw Failure(
                    "no entry begins with \(shown)", .noSuchEntry,
                    hint: "`trustctl list --state all` shows all entries, and `--state revoked` those that were approved once")
            }
            return try theOne(of: found.sorted(), for: text)
        }
        if digits.count >= 40 {
            throw Failure(FingerprintError.malformed(shown).description, .refused, hint: "copy it from `trustctl list` or the log")
        }
        throw Failure(
            "no certificate has the label “\(shown)”", .noSuchEntry,
            hint: "`trustctl list --state all` shows all entries, and `--state revoked` those that were approved once")
    }

    private static func theOne(of found: [Fingerprint], for text: String) throws(Failure) -> Fingerprint {
        guard found.count > 1 else { return found[0] }
        throw Failure(
            messages: ["“\(Printable(text, limit: 80))” is ambiguous; it may be any of these:"] + found.map { "  \($0)" },
            hint: "give more digits", exit: .refused)
    }
}
