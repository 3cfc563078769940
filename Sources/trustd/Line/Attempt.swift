import TrustCore

/// Exim's report of a certificate that is not in the trust list, in the published recipe's form or in ours.
struct Attempt {
    let fingerprint: Fingerprint
    /// Only our form has it.
    let address: Address?
    /// The DER form in base64; only our form has it.
    let certificate: String?

    /// What a message with the phrase says.
    enum Reading {
        case attempt(Attempt)
        /// The digest of no certificate.
        case noCertificate
        case nothing(StaticString)
    }

    /// Reads the whole of `message`; nil when it does not begin with the phrase. The attack: a HELO, a DN or a remote server's answer that
    /// contains the phrase and 64 digits, so that the line ends like a real one. Only the beginning of a message is Exim's own, and nothing
    /// may follow the form.
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
        else { return .nothing("what follows the digits is not an address") }
        if scanner.isAtEnd { return .attempt(Attempt(fingerprint: fingerprint, address: address, certificate: nil)) }
        guard scanner.skip(" "), Base64.isWellFormed(scanner.rest) else {
            return .nothing("what follows the address is not a certificate in base64")
        }
        return .attempt(Attempt(fingerprint: fingerprint, address: address, certificate: String(decoding: scanner.rest, as: UTF8.self)))
    }
}
