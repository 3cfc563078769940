/// A certificate's identity: the SHA-256 of its DER form, as Exim's `${sha256:$tls_in_peercert}` writes it.
///
/// Only values of this type may get into a file by which Exim trusts clients, and their initializers are the only check: a value is 32
/// bytes, has one spelling, and is never a digest of "no certificate".
package struct Fingerprint: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    /// SHA-256 of the word `tls_in_peercert`: what Exim's `${sha256:$tls_in_peercert}` gives where the variable is not set.
    package static let digestOfUnsetVariable = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
    /// SHA-256 of the empty text: what `${sha256:}` gives where the variable is empty.
    package static let digestOfNothing = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"

    /// SHA-256 of the word `<cert>`: what `${sha2:$tls_in_peercert}` and `${sha2_256:$tls_in_peercert}` give for every client that shows a
    /// certificate. Exim hashes a certificate only with `sha1`, `md5` and `sha256`; to every other operator it is this word (src/expand.c).
    package static let digestOfAnyCertificate = "6B9F26466C6D021338352B7F97670E356F5FD4A0D47434CE9622BDFE4CC3E118"

    /// What Exim computes for a client that showed no certificate, or whichever certificate it showed. The attack: with one of these in the
    /// list, every client without a certificate may relay, or every client with one. A `Fingerprint` is never one of them; doctor and setup
    /// put them into a rehearsal's list on purpose.
    package static let digestsOfNoCertificate = [digestOfUnsetVariable, digestOfNothing, digestOfAnyCertificate]
    private static let refused: [SIMD4<UInt64>] = digestsOfNoCertificate.compactMap { words(of: Array($0.utf8)[...]) }

    /// Number of hexadecimal digits in the one spelling.
    package static let digits = 64

    /// Reads the usual spellings: upper or lower case, with or without colons and blanks, also after `SHA256 Fingerprint=`.
    package init(_ text: some StringProtocol) throws(FingerprintError) {
        guard let words = Self.words(of: Self.hexDigits(of: text)[...]) else { throw .malformed(Printable(text, limit: 80)) }
        try self.init(words)
    }

    /// Reads only the one spelling, 64 upper-case digits: what Exim logs, what `inlist` matches, and the names of files.
    package init(exactly digits: some Collection<UInt8>) throws(FingerprintError) {
        try self.init(exactly: Array(digits)[...])
    }

    /// The same for a part of a line: a flood brings a hundred thousand a second, and the compiler makes quick code only of this form.
    package init(exactly digits: ArraySlice<UInt8>) throws(FingerprintError) {
        guard let words = Self.words(of: digits) else {
            throw .malformed(Printable(String(decoding: digits.prefix(80), as: UTF8.self), limit: 80))
        }
        try self.init(words)
    }

    /// The fingerprint whose 32 bytes are `digest`.
    package init(digest: [UInt8]) throws(FingerprintError) {
        guard digest.count == Self.digits / 2 else { throw .malformed(Printable("\(digest.count) bytes")) }
        var words = SIMD4<UInt64>()
        for index in digest.indices { words[index / 8] = words[index / 8] << 8 | UInt64(digest[index]) }
        try self.init(words)
    }

    private init(_ words: SIMD4<UInt64>) throws(FingerprintError) {
        guard !Self.refused.contains(words) else { throw .noCertificate }
        self.words = words
    }

    /// The digits of `text` in upper case, without a label before them, colons and blanks. Nothing is checked yet.
    package static func hexDigits(of text: some StringProtocol) -> [UInt8] {
        let labels = ["sha256 fingerprint=", "sha-256 fingerprint=", "sha256:"]
        let label = labels.first { text.prefix($0.count).lowercased() == $0 }
        let digits = text.dropFirst(label?.count ?? 0)
        return digits.utf8.filter { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            .map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) ? $0 &- 32 : $0 }
    }

    private static func words(of digits: ArraySlice<UInt8>) -> SIMD4<UInt64>? {
        guard digits.count == self.digits else { return nil }
        var words = SIMD4<UInt64>()
        for index in 0..<4 {
            var word: UInt64 = 0
            for place in 0..<16 {
                guard let value = Hex.value(of: digits[digits.startIndex + index * 16 + place]) else { return nil }
                word = word << 4 | UInt64(value)
            }
            words[index] = word
        }
        return words
    }

    /// By the first and the last of four words: nobody can find certificates in which both are the same.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words[0])
        hasher.combine(words[3])
    }

    /// All 64 digits in groups of four, eight groups a line: the form in which two people compare them.
    package var grouped: [String] {
        let digits = Array(description)
        return stride(from: 0, to: Self.digits, by: 32).map { line in
            stride(from: line, to: line + 32, by: 4).map { String(digits[$0..<$0 + 4]) }.joined(separator: " ")
        }
    }
}

extension Fingerprint: CustomStringConvertible {
    /// The one spelling: 64 upper-case digits.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.digits) { text in
            for index in 0..<4 {
                var word = words[index]
                for place in (0..<16).reversed() {
                    text[index * 16 + place] = Hex.digit(UInt8(truncatingIfNeeded: word) & 15)
                    word >>= 4
                }
            }
            return Self.digits
        }
    }
}

extension Fingerprint: Comparable {
    /// The order of the digits.
    package static func < (left: Fingerprint, right: Fingerprint) -> Bool {
        for index in 0..<4 where left.words[index] != right.words[index] {
            return left.words[index] < right.words[index]
        }
        return false
    }
}

extension Fingerprint: Codable {
    /// Throws for a text that is not the one spelling, and for a digest of no certificate.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do { try self.init(exactly: text.utf8) } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    /// One string of 64 upper-case digits.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A dictionary whose keys are fingerprints is encoded as one object with their digits as keys.
extension Fingerprint: CodingKeyRepresentable {
    package var codingKey: any CodingKey { Key(stringValue: description) }

    package init?(codingKey: some CodingKey) {
        do { try self.init(exactly: codingKey.stringValue.utf8) } catch { return nil }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
}
