/// Why a text is not a fingerprint.
package enum FingerprintError: Error, Equatable, CustomStringConvertible {
    /// Not 64 hexadecimal digits in a usual spelling; the text, safe to print.
    case malformed(Printable)
    /// One of the digests of "no certificate": with it in the list everybody may relay.
    case noCertificate

    package var description: String {
        switch self {
        case .malformed(let text): "“\(text)” is not a fingerprint, which has 64 hexadecimal digits"
        case .noCertificate: "this is the digest of no certificate: trusting it would open the relay to everybody"
        }
    }
}
