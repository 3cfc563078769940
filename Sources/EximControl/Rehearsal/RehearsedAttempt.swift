import Certificates
package import TrustCore

/// An attempt to relay that Exim would have logged in a rehearsal.
///
/// This is not trustd's reader: trustctl reads no log. The text comes from an Exim that we started, in a session with us alone; still the
/// whole line must have the form.
package struct RehearsedAttempt: Equatable {
    package let fingerprint: Fingerprint
    /// Nil in the form that the published recipe logs.
    package let address: Address?
    /// Whether the line holds the certificate, and it has this fingerprint.
    package let hasCertificate: Bool

    /// Nil when `message` is not an attempt.
    package init?(_ message: some StringProtocol) {
        guard message.hasPrefix(LogPhrase.text) else { return nil }
        let words = message.dropFirst(LogPhrase.text.count).split(separator: " ", omittingEmptySubsequences: false)
        guard (1...3).contains(words.count), let fingerprint = try? Fingerprint(exactly: words[0].utf8) else { return nil }
        self.fingerprint = fingerprint
        guard words.count > 1 else {
            (address, hasCertificate) = (nil, false)
            return
        }
        guard words[1].first == "[", words[1].last == "]", let address = Address(words[1].dropFirst().dropLast()) else { return nil }
        self.address = address
        guard words.count == 3 else {
            hasCertificate = false
            return
        }
        guard (try? Certificate(claimed: words[2], for: fingerprint)) != nil else { return nil }
        hasCertificate = true
    }

    /// The digest of no certificate that `message`, an attempt, names in place of a fingerprint; nil when it names none.
    static func digestOfNoCertificate(in message: some StringProtocol) -> String? {
        guard message.hasPrefix(LogPhrase.text) else { return nil }
        let word = message.dropFirst(LogPhrase.text.count).prefix { $0 != " " }
        return Fingerprint.digestsOfNoCertificate.first { $0 == word }
    }

    /// A `LOG:` line without the rest of its time stamp. Exim removes 20 characters of it (src/log.c); with `+millisec`, `log_timezone` and
    /// `+pid` the time stamp is longer, so that e.g. `636 +0000 [18842] ` remains.
    static func message(of line: some StringProtocol) -> Substring {
        var rest = Substring(line)
        let digit: (Character) -> Bool = { $0.isASCII && $0.isNumber }
        func drop(_ word: Substring, when fits: Bool) -> Bool {
            guard fits, rest.dropFirst(word.count).first == " " else { return false }
            rest = rest.dropFirst(word.count + 1)
            return true
        }
        func next() -> Substring { rest.prefix { $0 != " " } }
        _ = drop(next(), when: next().count == 3 && next().allSatisfy(digit))
        _ = drop(next(), when: next().count == 5 && "+-".contains(next().prefix(1)) && next().dropFirst().allSatisfy(digit))
        _ = drop(next(), when: next().first == "[" && next().last == "]" && next().dropFirst().dropLast().allSatisfy(digit))
        return rest
    }
}
