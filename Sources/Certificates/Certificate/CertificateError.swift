package import TrustCore

/// Why bytes are not taken as a certificate.
package struct CertificateError: Error, Equatable, CustomStringConvertible {
    /// The file that held them, if any; safe to print.
    package let file: Printable?
    package let reason: Reason

    init(_ reason: Reason, file: Printable? = nil) {
        self.file = file
        self.reason = reason
    }

    package enum Reason: Equatable, Sendable {
        case empty
        case tooLarge(limit: Int)
        /// `form` names its format.
        case privateKey(form: String)
        case several(count: Int)
        /// There is something else besides the certificate.
        case alsoHolds(Printable)
        case request
        case revocationList
        case publicKey
        /// OpenSSL's own format, which adds conditions to the certificate.
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
        /// OpenSSL reads it, but would write other bytes, with another digest.
        case notCanonical
    }

    package var description: String { file.map { "\($0): \(reason)" } ?? "\(reason)" }

    /// What to do about it.
    package var hint: String? {
        switch reason {
        case .privateKey: "ask for the certificate only; its owner should replace a key that was sent to anybody"
        case .several, .alsoHolds, .bundle: "give a file that holds only the client's own certificate"
        case .request: "its owner can make a certificate from it, e.g. with “openssl req -x509”"
        case .trustedCertificate: "“openssl x509 -in FILE” writes the plain form"
        default: nil
        }
    }
}

extension CertificateError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "it is empty"
        case .tooLarge(let limit): "larger than \(limit) bytes"
        case .privateKey(let form): "holds a private key (\(form)), and a private key must never leave its owner"
        case .several(let count): "holds \(count) certificates, and must hold exactly one"
        case .alsoHolds(let label): "holds something else besides the certificate: “\(label)”"
        case .request: "this is a certificate request, not a certificate"
        case .revocationList: "this is a revocation list, not a certificate"
        case .publicKey: "this is a public key, not a certificate"
        case .trustedCertificate: "this is OpenSSL's “TRUSTED CERTIFICATE”, not a plain certificate"
        case .bundle: "this is a PKCS#7 bundle, not a certificate"
        case .other(let label): "this is a “\(label)”, not a certificate"
        case .unfinished(let line): "the block that begins in line \(line) has no end"
        case .notBase64(let line): "the block that begins in line \(line) is not base64"
        case .unknown: "not a certificate in PEM or DER format"
        case .malformed(let words): "not a certificate: \(words)"
        case .trailingBytes(let count): "\(count) bytes follow the certificate"
        case .notCanonical: "not valid DER: encoded again, it would have another fingerprint"
        }
    }
}
