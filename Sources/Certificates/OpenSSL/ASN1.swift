import COpenSSL
import Glibc
import TrustCore

/// OpenSSL's ASN.1 values as plain Swift values.
enum ASN1 {
    /// The DER form that one of OpenSSL's encoders writes; empty when it fails.
    static func der(
        _ encode: (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> CInt, of value: OpaquePointer?
    ) -> [UInt8] {
        let count = Int(encode(value, nil))
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var cursor = buffer.baseAddress
            written = max(0, Int(encode(value, &cursor)))
        }
    }

    /// The bytes of a string, which may hold zeros and need not end with one.
    static func bytes(of string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
        guard let string, let data = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(ASN1_STRING_length(string))))
    }

    /// Nil when the time cannot be read.
    static func time(_ time: UnsafePointer<ASN1_TIME>?) -> Timestamp? {
        var parts = tm()
        guard ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Timestamp(anySeconds: Int64(timegm(&parts)))
    }

    /// A UTCTime or GeneralizedTime in DER form; nil for anything else.
    static func time(der: [UInt8]) -> Timestamp? {
        der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let value = d2i_ASN1_TIME(nil, &cursor, buffer.count) else {
                ERR_clear_error()
                return nil
            }
            defer { ASN1_TIME_free(value) }
            return time(value)
        }
    }

    /// OpenSSL's name of an algorithm, the usual one of an algorithm that is too new for it, or its numbers.
    static func text(ofObject object: OpaquePointer?) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard OBJ_obj2txt(&buffer, CInt(buffer.count), object, 0) > 0 else { return "unknown" }
        let name = text(buffer)
        return LaterAlgorithms.names[name] ?? name
    }

    /// A name as RFC 2253 writes it, in UTF-8. The bytes are a stranger's: if some are declared to be text and are not, the whole name is
    /// written in hexadecimal digits.
    static func text(ofName name: OpaquePointer?) -> String {
        let readable = COPENSSL_XN_FLAG_RFC2253 & ~UInt(ASN1_STRFLGS_ESC_MSB)
        return print(name, readable) ?? print(name, COPENSSL_XN_FLAG_RFC2253 | UInt(ASN1_STRFLGS_DUMP_ALL)) ?? "unreadable"
    }

    /// A name in DER form; nil for anything else.
    static func text(ofNameDER der: [UInt8]) -> String? {
        der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let name = d2i_X509_NAME(nil, &cursor, buffer.count) else {
                ERR_clear_error()
                return nil
            }
            defer { X509_NAME_free(name) }
            return text(ofName: name)
        }
    }

    /// OpenSSL's hash of a name, by which it looks for certificates in a folder: eight lower-case hexadecimal digits.
    static func hash(ofName name: OpaquePointer?) -> String {
        let digits = String(X509_NAME_hash_ex(name, nil, nil, nil), radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    private static func print(_ name: OpaquePointer?, _ flags: UInt) -> String? {
        guard let memory = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(memory) }
        guard X509_NAME_print_ex(memory, name, 0, flags) >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(BIO_ctrl_pending(memory)))
        let count = BIO_read(memory, &bytes, CInt(bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    /// A subject alternative name with its kind, e.g. `DNS:alice.laptop`.
    static func text(ofAlternativeName name: GENERAL_NAME) -> String {
        switch name.type {
        case GEN_DNS: "DNS:" + String(decoding: bytes(of: name.d.ia5), as: UTF8.self)
        case GEN_EMAIL: "email:" + String(decoding: bytes(of: name.d.ia5), as: UTF8.self)
        case GEN_URI: "URI:" + String(decoding: bytes(of: name.d.ia5), as: UTF8.self)
        case GEN_IPADD: "IP:" + text(ofAddress: bytes(of: name.d.ip))
        case GEN_RID: "RID:" + text(ofObject: name.d.rid)
        case GEN_DIRNAME: "dirName:" + text(ofName: name.d.dirn)
        case GEN_OTHERNAME: name.d.otherName.map { text(ofOtherName: $0.pointee) } ?? "otherName"
        case GEN_X400: "x400Address"
        case GEN_EDIPARTY: "ediPartyName"
        default: "other:\(name.type)"
        }
    }

    /// The number of its kind, and its value where that is text: `otherName:1.3.6.1.4.1.311.20.2.3=alice@example.org`.
    private static func text(ofOtherName name: OTHERNAME) -> String {
        var buffer = [CChar](repeating: 0, count: 128)
        let kind = OBJ_obj2txt(&buffer, CInt(buffer.count), name.type_id, 1) > 0 ? text(buffer) : "unknown"
        guard let value = name.value?.pointee, [V_ASN1_UTF8STRING, V_ASN1_IA5STRING, V_ASN1_PRINTABLESTRING].contains(value.type) else {
            return "otherName:\(kind)"
        }
        return "otherName:\(kind)=" + String(decoding: bytes(of: value.value.asn1_string), as: UTF8.self)
    }

    private static func text(ofAddress bytes: [UInt8]) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = [4: AF_INET, 16: AF_INET6][bytes.count]
        guard let family, inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return Hex.text(bytes) }
        return text(buffer)
    }

    /// The characters before the first zero.
    static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
