import COpenSSL
import Glibc
package import TrustCore

/// A certificate to make: a leaf, unless `isAuthority`.
package struct CertificateDraft {
    /// CN; at most 64 bytes (RFC 5280), in UTF-8.
    var commonName: String
    package var alternativeNames: [AlternativeName] = []
    package var purpose: Purpose
    package var notBefore: Timestamp
    package var notAfter: Timestamp
    /// CA:TRUE, for probes and tests, and for our own CA: its holder can issue further certificates.
    package var isAuthority = false
    /// For an authority: it signs certificates and nothing else, and its clients can be no authorities (pathLenConstraint 0).
    package var signsOnly = false

    package enum Purpose {
        case client
        case server
    }

    package enum AlternativeName {
        case dns(String)
        case email(String)
        case address(Address)
        case uri(String)
    }

    /// Valid for `days` from an hour ago, because clocks differ; at most until the last second that Exim counts.
    package init(_ purpose: Purpose, commonName: String, alternativeNames: [AlternativeName] = [], days: Int, now: Timestamp = .now) {
        self.purpose = purpose
        self.commonName = commonName
        self.alternativeNames = alternativeNames
        notBefore = Timestamp(seconds: now.seconds - 3_600)
        notAfter = Timestamp(seconds: min(now.seconds + Int64(days) * 86_400, Certificate.lastCountedSecond))
    }

    /// A certificate for `key`, signed with it. With `subject`, it has the name of that certificate instead of the common name, to the byte.
    package func selfSigned(with key: PrivateKey, named subject: Certificate? = nil) throws(OpenSSLError) -> Certificate {
        try made(for: key.handle, subject: subject, signedBy: key, issuer: nil)
    }

    /// A certificate for `key`, signed by `issuer`.
    package func issued(to key: PrivateKey, by issuer: Identity) throws(OpenSSLError) -> Certificate {
        try made(for: key.handle, subject: nil, signedBy: issuer.key, issuer: issuer.certificate)
    }

    /// The same for the key that somebody has asked with. Within the issuer's dates: a certificate that outlives its CA counts for nobody.
    ///
    /// Throws when its name would be the issuer's, as X.509 compares names: then a client's certificate could pass for the CA's.
    package func issued(to request: RequestedKey, by issuer: Identity) throws(OpenSSLError) -> Certificate {
        var draft = self
        draft.notBefore = max(notBefore, issuer.certificate.notBefore)
        draft.notAfter = min(notAfter, issuer.certificate.notAfter)
        return try draft.made(for: request.handle, subject: nil, signedBy: issuer.key, issuer: issuer.certificate, isNamesake: false)
    }

    /// `isNamesake`: whether it may have the issuer's name.
    private func made(
        for key: OpaquePointer, subject: Certificate?, signedBy signer: PrivateKey, issuer: Certificate?, isNamesake: Bool = true
    ) throws(OpenSSLError) -> Certificate {
        ERR_clear_error()
        guard let x509 = X509_new() else { throw OpenSSLError(Self.task) }
        defer { X509_free(x509) }
        try Self.require(X509_set_version(x509, Int(X509_VERSION_3)))
        try setSerial(of: x509)
        try Self.require(ASN1_TIME_set(X509_getm_notBefore(x509), time_t(notBefore.seconds)) == nil ? 0 : 1)
        try Self.require(ASN1_TIME_set(X509_getm_notAfter(x509), time_t(notAfter.seconds)) == nil ? 0 : 1)
        if let subject {
            try Self.withName(of: subject) { name throws(OpenSSLError) in try Self.require(X509_set_subject_name(x509, name)) }
        } else {
            let bytes = Array(commonName.utf8)
            try Self.require(
                X509_NAME_add_entry_by_NID(
                    X509_get_subject_name(x509), NID_commonName, MBSTRING_UTF8, bytes, CInt(bytes.count), -1, 0))
        }
        if let issuer {
            try Self.withName(of: issuer) { name throws(OpenSSLError) in try Self.require(X509_set_issuer_name(x509, name)) }
        } else {
            try Self.require(X509_set_issuer_name(x509, X509_get_subject_name(x509)))
        }
        guard isNamesake || X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) != 0 else {
            throw OpenSSLError(Self.task, words: Printable("it would have the CA's own name"))
        }
        try Self.require(X509_set_pubkey(x509, key))
        try addExtensions(to: x509, isSelfSigned: issuer == nil, issuer: isNamesake ? nil : issuer)
        guard X509_sign(x509, signer.handle, signer.digest) > 0 else { throw OpenSSLError(Self.task) }
        do { return try Certificate(der: ASN1.der(i2d_X509, of: x509)) } catch {
            throw OpenSSLError(Self.task, words: Printable("\(error)"))
        }
    }

    private static func withName(
        of certificate: Certificate, _ body: (OpaquePointer?) throws(OpenSSLError) -> Void
    ) throws(OpenSSLError) {
        guard let x509 = OpenSSLCertificate.handle(of: certificate) else { throw OpenSSLError(task) }
        defer { X509_free(x509) }
        try body(X509_get_subject_name(x509))
    }

    static let task = "make a certificate"

    static func require(_ result: CInt) throws(OpenSSLError) {
        guard result == 1 else { throw OpenSSLError(task) }
    }

    /// 128 random bits: two certificates with the same name need different serial numbers, and nobody may predict the bytes to be signed.
    private func setSerial(of x509: OpaquePointer) throws(OpenSSLError) {
        guard let number = BN_new() else { throw OpenSSLError(Self.task) }
        defer { BN_free(number) }
        try Self.require(BN_rand(number, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY))
        guard BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != nil else { throw OpenSSLError(Self.task) }
    }
}
