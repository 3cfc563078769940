package import TrustCore

/// Why bytes are not taken as a certificate.
package struct CertificateError: Error, Equatable, CustomStringConvertible {
    /// The file, if they came out of one; safe to print.
    package let file: Printable?
    package let reason: Reason

    package init(_ reason: Reason, file: Printable? = nil) {
        self.file = file
        self.reason = reason
    }

    package enum Reason: Equatable, Sendable {
        case empty
        case tooLarge(limit: Int)
        /// The file holds a secret; `form` says of which form it is.
        case privateKey(form: String)
        case several(count: Int)
        /// Something else stands beside the certificate.
        case alsoHolds(Printable)
        case request
        case revocationList
        case publicKey
        /// OpenSSL's own form, in which conditions stand behind the certificate.
        case trustedCertificate
        case bundle
        /// A PEM block of another kind.
        case other(label: Printable)
        /// `-----BEGIN …-----` without its end, or an end of another label.
        case unfinished(line: Int)
        case notBase64(line: Int)
        /// Neither PEM nor DER.
        case unknown
        /// DER that OpenSSL does not read as a certificate, in its words.
        case malformed(Printable)
        case trailingBytes(count: Int)
        /// Read, but OpenSSL would write it in other bytes, whose digest is another one.
        case notCanonical
    }

    package var description: String { file.map { "\($0): \(reason)" } ?? "\(reason)" }

    /// What to do about it.
    package var hint: String? {
        switch reason {
        case .privateKey: "ask for the certificate alone; a key that has been sent to anybody should be replaced by a new one"
        case .several, .alsoHolds, .bundle: "give one file that holds the client's own certificate and nothing else"
        case .request: "its owner turns it into a certificate, e.g. with “openssl req -x509”"
        case .trustedCertificate: "“openssl x509 -in FILE” writes the plain form"
        default: nil
        }
    }
}

extension CertificateError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "there is nothing in it"
        case .tooLarge(let limit): "larger than \(limit) bytes"
        case .privateKey(let form): "holds a private key (\(form)), and a private key must never leave its owner"
        case .several(let count): "holds \(count) certificates; which one is meant cannot be told"
        case .alsoHolds(let label): "holds something else beside the certificate: “\(label)”"
        case .request: "this is a certificate request, not a certificate"
        case .revocationList: "this is a revocation list, not a certificate"
        case .publicKey: "this is a public key, not a certificate"
        case .trustedCertificate: "this is OpenSSL's “TRUSTED CERTIFICATE”, not a plain certificate"
        case .bundle: "this is a PKCS#7 bundle, not a certificate"
        case .other(let label): "this is a “\(label)”, not a certificate"
        case .unfinished(let line): "what begins in line \(line) has no end"
        case .notBase64(let line): "what begins in line \(line) is not base64"
        case .unknown: "not a certificate, neither in PEM nor in DER form"
        case .malformed(let words): "not a certificate: \(words)"
        case .trailingBytes(let count): "\(count) bytes stand behind the certificate"
        case .notCanonical: "not in DER form: written again it would have another fingerprint"
        }
    }
}
