import COpenSSL
import Glibc
import TrustCore

/// OpenSSL's view of one certificate. `Certificate` copies the facts out, and this is freed.
struct OpenSSLCertificate: ~Copyable {
    private let x509: OpaquePointer

    /// Throws unless `der` is exactly one certificate, in the bytes that OpenSSL would write: Exim hashes what the library writes, so any
    /// other form would be approved under a fingerprint that no client ever has.
    init(der: [UInt8]) throws(CertificateError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        x509 = try Self.read(der)
        // Decodes the extensions once; the flags that it sets are read below.
        _ = X509_check_purpose(x509, -1, 0)
    }

    /// For OpenSSL's own functions; the caller frees it.
    static func handle(of certificate: Certificate) -> OpaquePointer? { try? read(certificate.der) }

    private static func read(_ der: [UInt8]) throws(CertificateError) -> OpaquePointer {
        var used = 0
        let read = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var cursor = buffer.baseAddress
            let certificate = d2i_X509(nil, &cursor, buffer.count)
            if let cursor, let base = buffer.baseAddress { used = cursor - base }
            return certificate
        }
        guard let read else { throw CertificateError(.malformed(words())) }
        let problem: CertificateError.Reason?
        if used != der.count {
            problem = .trailingBytes(count: der.count - used)
        } else {
            problem = ASN1.der(i2d_X509, of: read) == der ? nil : .notCanonical
        }
        if let problem {
            X509_free(read)
            throw CertificateError(problem)
        }
        return read
    }

    /// Why OpenSSL failed: the first reason in its error queue, without its codes and file names.
    private static func words() -> Printable {
        let reason = ERR_reason_error_string(ERR_peek_error()).map { String(cString: $0) }
        return Printable(reason ?? "it is not understood", limit: 120)
    }

    deinit {
        X509_free(x509)
        ERR_clear_error()
    }

    var subject: String { ASN1.text(ofName: X509_get_subject_name(x509)) }
    var issuer: String { ASN1.text(ofName: X509_get_issuer_name(x509)) }

    var serial: String {
        let number = X509_get0_serialNumber(x509)
        let digits = Hex.text(ASN1.bytes(of: number))
        return (ASN1_STRING_type(number) & V_ASN1_NEG != 0 ? "-" : "") + (digits.isEmpty ? "00" : digits)
    }

    func notBefore() throws(CertificateError) -> Timestamp { try Self.moment(X509_get0_notBefore(x509)) }
    func notAfter() throws(CertificateError) -> Timestamp { try Self.moment(X509_get0_notAfter(x509)) }

    private static func moment(_ time: UnsafePointer<ASN1_TIME>?) throws(CertificateError) -> Timestamp {
        guard let moment = ASN1.time(time) else { throw CertificateError(.malformed(Printable("its validity is not a time"))) }
        return moment
    }

    var key: Certificate.Key {
        guard let key = X509_get0_pubkey(x509) else {
            var object: OpaquePointer?
            X509_PUBKEY_get0_param(&object, nil, nil, nil, X509_get_X509_PUBKEY(x509))
            return Certificate.Key(type: ASN1.text(ofObject: object), curve: nil, bits: nil)
        }
        return Self.key(of: key)
    }

    static func key(of key: OpaquePointer) -> Certificate.Key {
        var curve = [CChar](repeating: 0, count: 80)
        let named = EVP_PKEY_get_group_name(key, &curve, curve.count, nil) == 1
        let type = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
        return Certificate.Key(type: type, curve: named ? ASN1.text(curve) : nil, bits: Int(EVP_PKEY_get_bits(key)))
    }

    /// The names alone prove nothing: anybody can write any issuer. Only the certificate's own key shows that its holder signed it.
    var ownSignature: Certificate.OwnSignature {
        guard X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0 else { return .none }
        guard let key = X509_get0_pubkey(x509) else { return .unchecked }
        if X509_verify(x509, key) == 1 { return .right }
        return canCheckSignature ? .wrong : .unchecked
    }

    /// Whether the key of `authority` has signed it, and it names that one as its issuer.
    func isIssued(by authority: borrowing OpenSSLCertificate) -> Bool {
        guard X509_NAME_cmp(X509_get_issuer_name(x509), X509_get_subject_name(authority.x509)) == 0,
            let key = X509_get0_pubkey(authority.x509)
        else { return false }
        return X509_verify(x509, key) == 1
    }

    /// Whether its key has made this signature of the message, as `PrivateKey.signature` does.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = X509_get0_pubkey(x509) else { return false }
        return PublicKey.verifies(signature, of: message, by: key)
    }

    /// Whether this OpenSSL knows the algorithm of the signature, and has the digest in it.
    ///
    /// `X509_verify` answers an algorithm that it does not know and a signature that is no signature alike.
    private var canCheckSignature: Bool {
        var digest: CInt = NID_undef
        var key: CInt = NID_undef
        guard OBJ_find_sigid_algs(X509_get_signature_nid(x509), &digest, &key) == 1 else { return false }
        guard digest != NID_undef else { return true }
        guard let name = OBJ_nid2sn(digest), let found = EVP_MD_fetch(nil, name, nil) else { return false }
        EVP_MD_free(found)
        return true
    }

    /// Also when CA:TRUE is combined with a key usage that forbids to sign certificates: not every library looks at both.
    var isCA: Bool { X509_check_ca(x509) != 0 || X509_get_extension_flags(x509) & UInt32(EXFLAG_CA) != 0 }
    var hasMalformedExtensions: Bool { X509_get_extension_flags(x509) & UInt32(EXFLAG_INVALID) != 0 }

    var subjectAlternativeNames: [String] {
        guard let found = X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(found)
        defer { GENERAL_NAMES_free(names) }
        return (0..<OPENSSL_sk_num(names)).compactMap { index in
            OPENSSL_sk_value(names, index).map { ASN1.text(ofAlternativeName: $0.assumingMemoryBound(to: GENERAL_NAME.self).pointee) }
        }
    }

    var spkiSHA256: String { SHA256.text(of: ASN1.der(i2d_X509_PUBKEY, of: X509_get_X509_PUBKEY(x509))) }

    var signatureAlgorithm: String {
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_get0_signature(nil, &algorithm, x509)
        var object: OpaquePointer?
        X509_ALGOR_get0(&object, nil, nil, algorithm)
        return ASN1.text(ofObject: object)
    }

    var signatureDigest: String? {
        var digest: CInt = NID_undef
        guard X509_get_signature_info(x509, &digest, nil, nil, nil) == 1, digest != NID_undef else { return nil }
        return OBJ_nid2sn(digest).map { String(cString: $0) }
    }

    var subjectHash: String { ASN1.hash(ofName: X509_get_subject_name(x509)) }
    var issuerHash: String { ASN1.hash(ofName: X509_get_issuer_name(x509)) }

    /// Whether its key may sign, as a TLS client does to prove that it has it. Without keyUsage it may do anything.
    var maySign: Bool { X509_get_key_usage(x509) & UInt32(KU_DIGITAL_SIGNATURE) != 0 }

    /// Whether it is meant for a TLS server. Without extendedKeyUsage it may be for anything.
    var mayServe: Bool { X509_get_extended_key_usage(x509) & UInt32(XKU_SSL_SERVER | XKU_ANYEKU) != 0 }

    /// Whether it says in which public logs it stands, as public authorities write into what they issue (RFC 6962).
    var isPubliclyLogged: Bool { X509_get_ext_by_NID(x509, NID_ct_precert_scts, -1) >= 0 }
}
