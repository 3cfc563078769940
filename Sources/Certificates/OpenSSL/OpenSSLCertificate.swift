import COpenSSL
import Glibc
package import TrustCore

/// OpenSSL's view of one certificate. `Certificate` copies the facts out, and this is freed.
package struct OpenSSLCertificate: ~Copyable {
    private let x509: OpaquePointer

    /// Throws unless `der` is exactly one certificate, in the bytes that OpenSSL would write: Exim hashes what the library writes, so any
    /// other form would be approved under a fingerprint that no client ever has.
    package init(der: [UInt8]) throws(CertificateError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        x509 = try Self.read(der)
        // Reads the extensions once; what it finds is asked for below.
        _ = X509_check_purpose(x509, -1, 0)
    }

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
            problem = encoding(i2d_X509, of: read) == der ? nil : .notCanonical
        }
        if let problem {
            X509_free(read)
            throw CertificateError(problem)
        }
        return read
    }

    deinit {
        X509_free(x509)
        ERR_clear_error()
    }

    package func fingerprint(of der: [UInt8]) throws(CertificateError) -> Fingerprint {
        do {
            return try Fingerprint(digest: Self.sha256(der))
        } catch {
            throw CertificateError(.malformed(Printable(error.description)))
        }
    }

    package var subject: String { Self.text(of: X509_get_subject_name(x509)) }
    package var issuer: String { Self.text(of: X509_get_issuer_name(x509)) }

    package var serial: String {
        let number = X509_get0_serialNumber(x509)
        let digits = Self.hex(Self.bytes(of: number))
        return (ASN1_STRING_type(number) & V_ASN1_NEG != 0 ? "-" : "") + (digits.isEmpty ? "00" : digits)
    }

    package func notBefore() throws(CertificateError) -> Timestamp { try Self.moment(X509_get0_notBefore(x509)) }
    package func notAfter() throws(CertificateError) -> Timestamp { try Self.moment(X509_get0_notAfter(x509)) }

    package var key: Certificate.Key {
        guard let key = X509_get0_pubkey(x509) else {
            var object: OpaquePointer?
            X509_PUBKEY_get0_param(&object, nil, nil, nil, X509_get_X509_PUBKEY(x509))
            return Certificate.Key(type: Self.text(ofObject: object), curve: nil, bits: nil)
        }
        var curve = [CChar](repeating: 0, count: 80)
        let named = EVP_PKEY_get_group_name(key, &curve, curve.count, nil) == 1
        let type = EVP_PKEY_get0_type_name(key).map { String(cString: $0) } ?? "unknown"
        return Certificate.Key(type: type, curve: named ? Self.text(curve) : nil, bits: Int(EVP_PKEY_get_bits(key)))
    }

    /// The names alone prove nothing: anybody writes an issuer. Only the certificate's own key shows that its holder signed it.
    var isSelfSigned: Bool {
        guard X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0, let key = X509_get0_pubkey(x509) else {
            return false
        }
        return X509_verify(x509, key) == 1
    }

    /// CA:TRUE counts also where a key usage takes it back: not every library looks at both.
    package var isCA: Bool { X509_check_ca(x509) != 0 || X509_get_extension_flags(x509) & UInt32(EXFLAG_CA) != 0 }
    var hasMalformedExtensions: Bool { X509_get_extension_flags(x509) & UInt32(EXFLAG_INVALID) != 0 }

    package var subjectAlternativeNames: [String] {
        guard let found = X509_get_ext_d2i(x509, NID_subject_alt_name, nil, nil) else { return [] }
        let names = OpaquePointer(found)
        defer { GENERAL_NAMES_free(names) }
        return (0..<OPENSSL_sk_num(names)).compactMap { index in
            OPENSSL_sk_value(names, index).map { Self.text(ofName: $0.assumingMemoryBound(to: GENERAL_NAME.self).pointee) }
        }
    }

    package var spkiSHA256: String { Self.hex(Self.sha256(Self.encoding(i2d_X509_PUBKEY, of: X509_get_X509_PUBKEY(x509)))) }

    package var signatureAlgorithm: String {
        var algorithm: UnsafePointer<X509_ALGOR>?
        X509_get0_signature(nil, &algorithm, x509)
        var object: OpaquePointer?
        X509_ALGOR_get0(&object, nil, nil, algorithm)
        return Self.text(ofObject: object)
    }

    var signatureDigest: String? {
        var digest: CInt = NID_undef
        guard X509_get_signature_info(x509, &digest, nil, nil, nil) == 1, digest != NID_undef else { return nil }
        return OBJ_nid2sn(digest).map { String(cString: $0) }
    }

    package var subjectHash: String {
        let hash = X509_NAME_hash_ex(X509_get_subject_name(x509), nil, nil, nil)
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

extension OpenSSLCertificate {
    /// SHA-256 of `bytes`; empty when this OpenSSL has none.
    /// Where this OpenSSL looks for authorities when nobody says where.
    static var defaultDirectory: String { X509_get_default_cert_dir().map { String(cString: $0) } ?? "/usr/lib/ssl/certs" }

    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        guard EVP_Q_digest(nil, "SHA256", nil, bytes, bytes.count, &digest, &count) == 1 else { return [] }
        return Array(digest.prefix(count))
    }

    /// The text of a name in DER form; nil when it is none.
    package static func text(ofName der: [UInt8]) -> String? {
        der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let name = d2i_X509_NAME(nil, &cursor, buffer.count) else {
                ERR_clear_error()
                return nil
            }
            defer { X509_NAME_free(name) }
            return text(of: name)
        }
    }

    /// The moment of a UTCTime or GeneralizedTime in DER form; nil when it is none.
    package static func moment(of der: [UInt8]) -> Timestamp? {
        der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let time = d2i_ASN1_TIME(nil, &cursor, buffer.count) else {
                ERR_clear_error()
                return nil
            }
            defer { ASN1_TIME_free(time) }
            return try? moment(time)
        }
    }

    /// Where OpenSSL finds the authorities that the whole machine trusts: a folder and a file.
    package static var systemAuthorities: [String] {
        [X509_get_default_cert_dir(), X509_get_default_cert_file()].compactMap { $0.map { String(cString: $0) } }
    }

    /// Upper-case digits, no colons.
    package static func hex(_ bytes: [UInt8]) -> String {
        let table = Array("0123456789ABCDEF".utf8)
        return String(decoding: bytes.flatMap { [table[Int($0 >> 4)], table[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Why OpenSSL failed: the first thing it found, without its codes and file names.
    private static func words() -> Printable {
        let reason = ERR_reason_error_string(ERR_peek_error()).map { String(cString: $0) }
        return Printable(reason ?? "it is not understood", limit: 120)
    }

    /// What one of OpenSSL's encoders writes.
    static func encoding(
        _ encode: (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> CInt, of value: OpaquePointer?
    ) -> [UInt8] {
        let count = Int(encode(value, nil))
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var cursor = buffer.baseAddress
            written = max(0, Int(encode(value, &cursor)))
        }
    }

    /// The bytes of an ASN.1 string, which need not end with a zero and may hold some.
    private static func bytes(of string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let string, let data = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(string))))
    }

    private static func moment(_ time: UnsafePointer<ASN1_TIME>?) throws(CertificateError) -> Timestamp {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { throw CertificateError(.malformed(Printable("its validity is no time"))) }
        return Timestamp(seconds: Int64(timegm(&parts)))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// OpenSSL's name of an algorithm, or its numbers.
    private static func text(ofObject object: OpaquePointer?) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        return OBJ_obj2txt(&buffer, CInt(buffer.count), object, 0) > 0 ? text(buffer) : "unknown"
    }

    /// A name in RFC 2253's form, in UTF-8. A stranger may declare bytes that are no text to be text: then all of it in hexadecimal digits.
    package static func text(of name: OpaquePointer?) -> String {
        let readable = COPENSSL_XN_FLAG_RFC2253 & ~UInt(ASN1_STRFLGS_ESC_MSB)
        return print(name, readable) ?? print(name, COPENSSL_XN_FLAG_RFC2253 | UInt(ASN1_STRFLGS_DUMP_ALL)) ?? "unreadable"
    }

    private static func print(_ name: OpaquePointer?, _ flags: UInt) -> String? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(memory) }
        guard X509_NAME_print_ex(memory, name, 0, flags) >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(BIO_ctrl_pending(memory)))
        let count = BIO_read(memory, &bytes, CInt(bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    private static func text(ofName name: GENERAL_NAME) -> String {
        switch name.type {
        case GEN_DNS: "DNS:" + String(decoding: bytes(of: name.d.ia5), as: UTF8.self)
        case GEN_EMAIL: "email:" + String(decoding: bytes(of: name.d.ia5), as: UTF8.self)
        case GEN_URI: "URI:" + String(decoding: bytes(of: name.d.ia5), as: UTF8.self)
        case GEN_IPADD: "IP:" + text(ofAddress: bytes(of: name.d.ip))
        case GEN_RID: "RID:" + text(ofObject: name.d.rid)
        case GEN_DIRNAME: "dirName:" + text(of: name.d.dirn)
        default: "other:\(name.type)"
        }
    }

    private static func text(ofAddress bytes: [UInt8]) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = [4: AF_INET, 16: AF_INET6][bytes.count]
        guard let family, inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return hex(bytes) }
        return text(buffer)
    }
}
