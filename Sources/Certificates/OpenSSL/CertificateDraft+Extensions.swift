import COpenSSL
import Glibc
import TrustCore

extension CertificateDraft {
    /// Made from values, never from the text of openssl.cnf(5): there a comma in a name would begin another entry.
    ///
    /// `issuer` is named by its key too; without it, by its name alone, which is enough to find a CA.
    func addExtensions(to x509: OpaquePointer, isSelfSigned: Bool, issuer: Certificate? = nil) throws(OpenSSLError) {
        try addBasicConstraints(to: x509)
        try addUsage(to: x509)
        let identifier = try keyIdentifier(of: x509)
        defer { ASN1_OCTET_STRING_free(identifier) }
        try add(NID_subject_key_identifier, UnsafeMutableRawPointer(identifier), critical: false, to: x509)
        if let issuer { try addKeyIdentifier(of: issuer, to: x509) }
        if isSelfSigned { try addAuthorityKeyIdentifier(identifier, to: x509) }
        if !alternativeNames.isEmpty { try addAlternativeNames(to: x509) }
    }

    private func add(_ identifier: CInt, _ value: UnsafeMutableRawPointer, critical: Bool, to x509: OpaquePointer) throws(OpenSSLError) {
        try Self.require(X509_add1_ext_i2d(x509, identifier, value, critical ? 1 : 0, UInt(X509V3_ADD_APPEND)))
    }

    /// As RFC 5280, 4.2.1.1, wants it, and strict programs too.
    private func addKeyIdentifier(of issuer: Certificate, to x509: OpaquePointer) throws(OpenSSLError) {
        guard let authority = OpenSSLCertificate.handle(of: issuer) else { throw OpenSSLError(Self.task) }
        defer { X509_free(authority) }
        // A CA that somebody else has made may have none.
        guard let key = X509_get0_subject_key_id(authority) else { return }
        guard let identifier = AUTHORITY_KEYID_new() else { throw OpenSSLError(Self.task) }
        defer { AUTHORITY_KEYID_free(identifier) }
        identifier.pointee.keyid = ASN1_OCTET_STRING_dup(key)
        guard identifier.pointee.keyid != nil else { throw OpenSSLError(Self.task) }
        try add(NID_authority_key_identifier, UnsafeMutableRawPointer(identifier), critical: false, to: x509)
    }

    private func addBasicConstraints(to x509: OpaquePointer) throws(OpenSSLError) {
        guard let constraints = BASIC_CONSTRAINTS_new() else { throw OpenSSLError(Self.task) }
        defer { BASIC_CONSTRAINTS_free(constraints) }
        constraints.pointee.ca = isAuthority ? 0xFF : 0
        if isAuthority, signsOnly {
            guard let none = ASN1_INTEGER_new() else { throw OpenSSLError(Self.task) }
            // Freed with the rest.
            constraints.pointee.pathlen = none
            try Self.require(ASN1_INTEGER_set(none, 0))
        }
        try add(NID_basic_constraints, constraints, critical: true, to: x509)
    }

    private func addUsage(to x509: OpaquePointer) throws(OpenSSLError) {
        guard let usage = ASN1_BIT_STRING_new() else { throw OpenSSLError(Self.task) }
        defer { ASN1_BIT_STRING_free(usage) }
        // RFC 5280 4.2.1.3: bit 0 is digitalSignature, 5 keyCertSign, 6 cRLSign.
        for bit in isAuthority ? (signsOnly ? [5, 6] : [0, 5, 6]) : [0] { try Self.require(ASN1_BIT_STRING_set_bit(usage, CInt(bit), 1)) }
        try add(NID_key_usage, UnsafeMutableRawPointer(usage), critical: true, to: x509)
        guard !isAuthority else { return }
        guard let purposes = EXTENDED_KEY_USAGE_new() else { throw OpenSSLError(Self.task) }
        // The objects belong to OpenSSL, only the list is ours.
        defer { EXTENDED_KEY_USAGE_free(purposes) }
        let purpose = OBJ_nid2obj(purpose == .client ? NID_client_auth : NID_server_auth)
        guard let purpose, OPENSSL_sk_push(purposes, UnsafeRawPointer(purpose)) > 0 else { throw OpenSSLError(Self.task) }
        try add(NID_ext_key_usage, UnsafeMutableRawPointer(purposes), critical: false, to: x509)
    }

    /// The caller frees it.
    private func keyIdentifier(of x509: OpaquePointer) throws(OpenSSLError) -> UnsafeMutablePointer<ASN1_OCTET_STRING> {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        // SHA-1 as in RFC 5280 4.2.1.2: it names the key and protects nothing.
        try Self.require(X509_pubkey_digest(x509, EVP_sha1(), &digest, &count))
        guard let identifier = ASN1_OCTET_STRING_new() else { throw OpenSSLError(Self.task) }
        guard ASN1_OCTET_STRING_set(identifier, digest, CInt(count)) == 1 else {
            ASN1_OCTET_STRING_free(identifier)
            throw OpenSSLError(Self.task)
        }
        return identifier
    }

    /// The key, and issuer and serial number too. An Exim with OpenSSL takes for the issuer of a self-signed certificate the first one in the
    /// trust directory that fits: without this, the next certificate of a client, which has the same subject, is never found beside the old
    /// one, and with the key alone not when both have one key.
    private func addAuthorityKeyIdentifier(
        _ key: UnsafeMutablePointer<ASN1_OCTET_STRING>, to x509: OpaquePointer
    ) throws(OpenSSLError) {
        guard let identifier = AUTHORITY_KEYID_new() else { throw OpenSSLError(Self.task) }
        // Frees what it holds as well, and null pointers without harm.
        defer { AUTHORITY_KEYID_free(identifier) }
        identifier.pointee.keyid = ASN1_OCTET_STRING_dup(key)
        identifier.pointee.serial = ASN1_INTEGER_dup(X509_get_serialNumber(x509))
        guard identifier.pointee.keyid != nil, identifier.pointee.serial != nil, let names = GENERAL_NAMES_new(),
            let general = GENERAL_NAME_new()
        else { throw OpenSSLError(Self.task) }
        identifier.pointee.issuer = names
        guard OPENSSL_sk_push(names, UnsafeRawPointer(general)) > 0, let name = X509_NAME_dup(X509_get_issuer_name(x509)) else {
            throw OpenSSLError(Self.task)
        }
        GENERAL_NAME_set0_value(general, GEN_DIRNAME, UnsafeMutableRawPointer(name))
        try add(NID_authority_key_identifier, UnsafeMutableRawPointer(identifier), critical: false, to: x509)
    }

    private func addAlternativeNames(to x509: OpaquePointer) throws(OpenSSLError) {
        guard let names = GENERAL_NAMES_new() else { throw OpenSSLError(Self.task) }
        defer { GENERAL_NAMES_free(names) }
        for name in alternativeNames {
            guard let general = GENERAL_NAME_new() else { throw OpenSSLError(Self.task) }
            guard OPENSSL_sk_push(names, UnsafeRawPointer(general)) > 0 else {
                GENERAL_NAME_free(general)
                throw OpenSSLError(Self.task)
            }
            let (type, kind, bytes) = try name.encoded()
            guard let value = ASN1_STRING_type_new(kind) else { throw OpenSSLError(Self.task) }
            guard ASN1_STRING_set(value, bytes, CInt(bytes.count)) == 1 else {
                ASN1_STRING_free(value)
                throw OpenSSLError(Self.task)
            }
            GENERAL_NAME_set0_value(general, type, value)
        }
        try add(NID_subject_alt_name, UnsafeMutableRawPointer(names), critical: false, to: x509)
    }
}

extension CertificateDraft.AlternativeName {
    /// The kind of name, the ASN.1 type of its value, and its bytes.
    fileprivate func encoded() throws(OpenSSLError) -> (name: CInt, string: CInt, bytes: [UInt8]) {
        switch self {
        case .dns(let text): return (GEN_DNS, V_ASN1_IA5STRING, try Self.ascii(text))
        case .email(let text): return (GEN_EMAIL, V_ASN1_IA5STRING, try Self.ascii(text))
        case .uri(let text): return (GEN_URI, V_ASN1_IA5STRING, try Self.ascii(text))
        case .address(let address):
            let isLong = address.description.contains(":")
            var bytes = [UInt8](repeating: 0, count: isLong ? 16 : 4)
            inet_pton(isLong ? AF_INET6 : AF_INET, address.description, &bytes)
            return (GEN_IPADD, V_ASN1_OCTET_STRING, bytes)
        }
    }

    private static func ascii(_ text: String) throws(OpenSSLError) -> [UInt8] {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw OpenSSLError(CertificateDraft.task, words: Printable("“\(Printable(text, limit: 80))” cannot be a name in a certificate"))
        }
        return Array(text.utf8)
    }
}
