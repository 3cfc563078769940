import TrustCore

/// Exim's words, in the recipe's form or in ours, about a certificate that is not in the trust list.
struct Attempt {
    let fingerprint: Fingerprint
    /// Only our form bears it.
    let address: Address?
    /// Base64 of the DER form; only our form bears it.
    let certificate: String?

    /// A message that holds the phrase, read.
    enum Reading {
        case attempt(Attempt)
        /// The digest of no certificate.
        case noCertificate
        case nothing(StaticString)
    }

    /// Reads the whole of `message`. The attack: a HELO, a DN, a remote server's answer that contains the phrase and 64 digits, and so
    /// makes a line that ends like a real one. Only the beginning is Exim's own, and nothing may follow.
    static func read(_ message: ArraySlice<UInt8>) -> Reading? {
        var scanner = LineScanner(message)
        guard scanner.skip(LogPhrase.attempt) else { return nil }
        let digits = scanner.rest.prefix(Fingerprint.digits)
        let fingerprint: Fingerprint
        do { fingerprint = try Fingerprint(exactly: digits) } catch .noCertificate {
            return .noCertificate
        } catch { return .nothing("not 64 upper-case hexadecimal digits after the phrase") }
        scanner = LineScanner(message[digits.endIndex...])
        if scanner.isAtEnd { return .attempt(Attempt(fingerprint: fingerprint, address: nil, certificate: nil)) }
        guard scanner.skip(" ["), let written = scanner.upTo(UInt8(ascii: "]")), written.count <= 45,
            let address = Address(String(decoding: written, as: UTF8.self))
        else { return .nothing("what follows the digits is no address") }
        if scanner.isAtEnd { return .attempt(Attempt(fingerprint: fingerprint, address: address, certificate: nil)) }
        guard scanner.skip(" "), Base64.isWellFormed(scanner.rest) else { return .nothing("what follows the address is no certificate") }
        return .attempt(Attempt(fingerprint: fingerprint, address: address, certificate: String(decoding: scanner.rest, as: UTF8.self)))
    }
}
