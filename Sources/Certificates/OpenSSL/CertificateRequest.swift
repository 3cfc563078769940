import COpenSSL
import TrustCore

/// The server's request for a client certificate, and our answer.
final class CertificateRequest {
    let identity: Identity?
    let pin: Fingerprint?
    private(set) var wasMade = false
    private(set) var authorities: [String] = []

    init(identity: Identity?, pin: Fingerprint?) {
        self.identity = identity
        self.pin = pin
    }

    /// OpenSSL calls this when it has the server's certificate, before it sends ours.
    func answer(_ session: OpaquePointer?) {
        wasMade = true
        let names = SSL_get0_peer_CA_list(session)
        authorities = (0..<max(0, OPENSSL_sk_num(names))).compactMap { index in
            OPENSSL_sk_value(names, index).map { ASN1.text(ofName: OpaquePointer($0)) }
        }
        guard let identity, let pin else { return }
        let shown = SSL_get0_peer_certificate(session).map { ASN1.der(i2d_X509, of: $0) }
        guard let shown, (try? Fingerprint(of: shown)) == pin else { return }
        _ = Self.use(identity, in: session)
    }

    static func use(_ identity: Identity, in session: OpaquePointer?) -> Bool {
        let der = identity.certificate.der
        return SSL_use_certificate_ASN1(session, der, CInt(der.count)) == 1 && SSL_use_PrivateKey(session, identity.key.handle) == 1
            && identity.chain.allSatisfy { add($0, to: session) }
    }

    private static func add(_ issuer: Certificate, to session: OpaquePointer?) -> Bool {
        guard let x509 = OpenSSLCertificate.handle(of: issuer) else { return false }
        // The session takes a reference of its own.
        defer { X509_free(x509) }
        return SSL_ctrl(session, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(x509)) == 1
    }
}
