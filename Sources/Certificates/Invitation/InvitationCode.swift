package import TrustCore

/// What an operator gives to somebody whom he invites: a secret, and the beginning of the relay's fingerprint. 38 letters and digits of
/// Crockford's base 32, in groups of five.
///
///     80 bits        the secret
///     100 bits       of the SHA-256 of the relay's certificate, the first ones
///     10 bits        of the SHA-256 of `trustd-invitation-1 check` and the bytes of both, against slips
///
/// It is never kept, logged or written into JSON. The secret is long enough that nobody finds it by trying codes against a proof that he has
/// seen (2^80), and the relay's part that nobody makes a certificate that begins with it (2^100, for which he would have years).
package struct InvitationCode: Equatable, Sendable {
    let secret: [UInt8]
    /// 13 bytes, of which the last four bits are zero.
    let relay: [UInt8]

    static let secretBytes = 10
    static let relayBytes = 13
    package static let symbols = 38
    /// More than any way to write a code needs.
    package static let maximumSize = 512

    init(secret: [UInt8], relay: Fingerprint) {
        self.secret = secret
        self.relay = Self.part(of: relay)
    }

    /// A new one, for the relay that shows the certificate with this fingerprint.
    package init(inviting relay: Fingerprint) {
        var source = SystemRandomNumberGenerator()
        self.init(secret: (0..<Self.secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &source) }, relay: relay)
    }

    /// As it was typed: case, blanks and hyphens do not matter, and O, I, L are read as 0, 1, 1. No error repeats any of it.
    package init(typed text: String) throws(InvitationCodeError) {
        guard text.utf8.count <= Self.maximumSize else { throw .length(text.utf8.count) }
        var values: [UInt8] = []
        for scalar in text.unicodeScalars where !Self.isSeparator(scalar) {
            guard let value = Base32.value(of: scalar) else { throw .foreign(place: values.count + 1) }
            values.append(value)
        }
        guard values.count == Self.symbols else { throw .length(values.count) }
        let bits = Base32.bytes(values)
        secret = Array(bits[..<Self.secretBytes])
        var part = Array(bits[Self.secretBytes..<(Self.secretBytes + Self.relayBytes)])
        part[Self.relayBytes - 1] &= 0xF0
        relay = part
        guard values.suffix(2).elementsEqual(check) else { throw .check }
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar == "-" || ("\u{2010}"..."\u{2015}").contains(scalar) || scalar == "\u{2212}"
    }

    private static func part(of fingerprint: Fingerprint) -> [UInt8] {
        var part = Array((Hex.bytes(fingerprint.description) ?? []).prefix(relayBytes))
        part[relayBytes - 1] &= 0xF0
        return part
    }

    /// Two symbols: the first ten bits of the digest.
    private var check: [UInt8] {
        let digest = SHA256.digest(of: Array("trustd-invitation-1 check".utf8) + secret + relay)
        return Array(Base32.values(digest.prefix(2)).prefix(2))
    }

    /// Whether it was made for the relay that shows this certificate.
    package func isFor(_ relay: Fingerprint) -> Bool { Self.part(of: relay) == self.relay }

    /// What the relay keeps of it, and what makes the proof.
    package var key: InvitationKey {
        InvitationKey(HMAC.code(of: Array("trustd-invitation-1 key".utf8) + relay, key: secret))
    }

    /// In groups of five.
    package var text: String {
        // 16 symbols, 20 (the last four bits fill none), and 2.
        let values = Base32.values(secret) + Base32.values(relay) + check
        return stride(from: 0, to: values.count, by: 5).map { start in
            String(decoding: values[start..<min(start + 5, values.count)].map(Base32.digit), as: UTF8.self)
        }.joined(separator: "-")
    }
}

/// Why a text is no code. It never repeats the text, which may be a code with a slip.
package enum InvitationCodeError: Error, Equatable, CustomStringConvertible {
    case length(Int)
    /// Counted from 1, without blanks and hyphens.
    case foreign(place: Int)
    case check

    package var description: String {
        switch self {
        case .length(let count):
            "the code is mistyped: it has \(InvitationCode.symbols) letters and digits, and this has \(count)"
        case .foreign(let place): "the code is mistyped: what stands at place \(place) is in no code"
        case .check: "the code is mistyped: its last two letters do not fit the others"
        }
    }
}
