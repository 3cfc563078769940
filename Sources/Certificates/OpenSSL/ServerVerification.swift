import COpenSSL
import Glibc
package import TrustCore

/// Whether a server with OpenSSL, such as an Exim built with it, verifies clients' certificates against a trust directory: asked of OpenSSL
/// itself, with the directory's certificates in the order in which it finds them.
///
/// An Exim built with GnuTLS takes every certificate that is in the directory and within its dates.
package final class ServerVerification {
    private let folder: HashedFolder
    /// By the hashes of issuers.
    private var stores: [String: AnchorStore] = [:]

    package init(_ folder: HashedFolder) { self.folder = folder }

    /// Why a certificate does not verify.
    package struct Problem: Equatable, Sendable {
        package let reason: Reason
        /// OpenSSL's words.
        package let words: Printable
    }

    package enum Reason: Equatable, Sendable {
        case notYetValid
        case expired
        /// The certificate is as it should be, but OpenSSL finds another one in its place: `by`.
        case shadowed(by: Fingerprint)
        /// The chain to an authority ends. `mayBeSent`: a public authority has issued it, so the client may send the rest.
        case issuerUnknown(mayBeSent: Bool)
        /// It does not allow to be used by a TLS client.
        case purpose
        /// Its key is shorter than this OpenSSL allows.
        case weakKey
        case other
    }

    /// Nil: it verifies.
    package func problem(of certificate: Certificate) -> Problem? {
        let hash = certificate.issuerHash
        guard let store = stores[hash] ?? AnchorStore() else { return Problem(X509_V_ERR_OUT_OF_MEM, .other) }
        if stores[hash] == nil {
            store.add(issuers: hash, in: folder)
            stores[hash] = store
        }
        let code = store.verdict(on: certificate.der)
        switch code {
        case X509_V_OK: return nil
        case X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED:
            // The date must not hide what another day does not mend.
            let rest = store.verdict(on: certificate.der, ignoringDates: true)
            if rest != X509_V_OK { return problem(of: certificate, rest, store) }
            return Problem(code, code == X509_V_ERR_CERT_HAS_EXPIRED ? .expired : .notYetValid)
        default: return problem(of: certificate, code, store)
        }
    }

    private func problem(of certificate: Certificate, _ code: CInt, _ store: AnchorStore) -> Problem? {
        switch code {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            let alone = AnchorStore()
            alone?.add(pem: PEM.certificate(certificate.der))
            let verdict = alone?.verdict(on: certificate.der, ignoringDates: true) ?? X509_V_ERR_OUT_OF_MEM
            if verdict == X509_V_OK, let other = store.issuer(of: certificate.der).flatMap({ try? Fingerprint(of: $0) }) {
                return Problem(code, .shadowed(by: other))
            }
            return verdict == X509_V_OK || verdict == code ? Problem(code, .other) : problem(of: certificate, verdict, store)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            let all = AnchorStore(withSystem: true)
            all?.add(issuers: certificate.issuerHash, in: folder)
            if all?.verdict(on: certificate.der) == X509_V_OK { return nil }
            return Problem(code, .issuerUnknown(mayBeSent: certificate.isPubliclyLogged))
        case X509_V_ERR_INVALID_PURPOSE: return Problem(code, .purpose)
        case X509_V_ERR_EE_KEY_TOO_SMALL: return Problem(code, .weakKey)
        default: return Problem(code, .other)
        }
    }
}

extension ServerVerification.Problem {
    fileprivate init(_ code: CInt, _ reason: ServerVerification.Reason) {
        self.reason = reason
        words = Printable(String(cString: X509_verify_cert_error_string(Int(code))), limit: 120)
    }
}
