import COpenSSL
import Glibc
package import TrustCore

/// Whether a mail program with OpenSSL, such as an Exim built with it, verifies a server's certificate: asked of OpenSSL itself.
package enum ClientVerification {
    /// Why it does not verify, in OpenSSL's words; nil when it does. `chain` is what the server shows besides, `anchors` a PEM file that the
    /// program adds to the authorities of the whole machine.
    ///
    /// A certificate in that file is an anchor only if it is self-signed: with a leaf that somebody else has issued, OpenSSL looks for the
    /// issuer (“unable to get local issuer certificate”).
    package static func problem(of certificate: Certificate, chain: [[UInt8]], anchors: [UInt8]) -> Printable? {
        guard let store = AnchorStore(withSystem: true) else { return Printable("there is no memory left") }
        store.add(pem: anchors)
        let code = store.verdict(on: certificate.der, as: .server, chain: chain)
        return code == X509_V_OK ? nil : Printable(String(cString: X509_verify_cert_error_string(Int(code))), limit: 120)
    }
}

extension Certificate {
    /// All certificates of a PEM file that a TLS library would load as anchors, by their fingerprints; what cannot be read is left out.
    package static func fingerprints(inPEM bytes: [UInt8]) -> [Fingerprint] {
        PEM.certificates(in: bytes).compactMap { try? Fingerprint(of: $0) }
    }

    /// The certificates themselves.
    package static func all(inPEM bytes: [UInt8]) -> [Certificate] { PEM.certificates(in: bytes).compactMap { try? Certificate(der: $0) } }
}

extension Certificate.Key {
    /// Whether an Exim with GnuTLS can prove in TLS 1.3 that it has such a key. It knows no brainpool curve and not secp256k1; P-224 has no
    /// signature in TLS 1.3.
    package var isUsableWithGnuTLS: Bool {
        guard type == "EC" else { return bits != nil }
        return ["prime256v1", "secp384r1", "secp521r1"].contains(curve ?? "")
    }
}
