import COpenSSL
import Glibc

/// The trust anchors that OpenSSL has at hand when it verifies one certificate, in the order in which it reads them.
final class AnchorStore {
    private let store: OpaquePointer
    /// Names of issuers whose certificates were looked for, by their hashes.
    private var asked: Set<String> = []
    /// In the order in which they were read.
    private var certificates: [[UInt8]] = []

    /// Nil when there is no memory left. `withSystem`: with the authorities that the whole machine trusts, which Exim adds.
    init?(withSystem: Bool = false) {
        ERR_clear_error()
        guard let made = X509_STORE_new() else { return nil }
        store = made
        if withSystem { X509_STORE_set_default_paths(store) }
    }

    deinit {
        X509_STORE_free(store)
        ERR_clear_error()
    }

    /// Adds what OpenSSL finds in `folder` for the issuer with this hash, for the issuer of what it finds, and so on.
    func add(issuers hash: String, in folder: HashedFolder) {
        var hashes = [hash]
        // The attack: a chain without end. OpenSSL follows a hundred.
        while let next = hashes.popLast(), asked.count < 100 {
            guard asked.insert(next).inserted else { continue }
            for file in folder.files(next) { hashes += add(pem: file) }
        }
    }

    /// Adds all certificates of a PEM file; the hashes of their issuers.
    @discardableResult
    func add(pem bytes: [UInt8]) -> [String] {
        guard let memory = BIO_new_mem_buf(bytes, CInt(bytes.count)) else { return [] }
        defer {
            BIO_free(memory)
            ERR_clear_error()
        }
        var hashes: [String] = []
        // Without the callback OpenSSL would ask for a password on the terminal.
        while let x509 = PEM_read_bio_X509_AUX(memory, nil, { _, _, _, _ in -1 }, nil) {
            defer { X509_free(x509) }
            X509_STORE_add_cert(store, x509)
            hashes.append(ASN1.hash(ofName: X509_get_issuer_name(x509)))
            certificates.append(ASN1.der(i2d_X509, of: x509))
        }
        return hashes
    }

    /// OpenSSL's verdict on the other side's certificate: `X509_V_OK` or another of its codes. `peer` says what it must be good for,
    /// `chain` what the other side has shown with it.
    func verdict(on der: [UInt8], ignoringDates: Bool = false, as peer: Peer = .client, chain: [[UInt8]] = []) -> CInt {
        let more = OPENSSL_sk_new_null()
        for der in chain { if let x509 = Self.read(der) { OPENSSL_sk_push(more, UnsafeRawPointer(x509)) } }
        guard let x509 = Self.read(der), let context = X509_STORE_CTX_new() else { return X509_V_ERR_UNSPECIFIED }
        defer {
            X509_STORE_CTX_free(context)
            X509_free(x509)
            while let other = OPENSSL_sk_pop(more) { X509_free(OpaquePointer(other)) }
            OPENSSL_sk_free(more)
            ERR_clear_error()
        }
        guard X509_STORE_CTX_init(context, store, x509, more) == 1, X509_STORE_CTX_set_default(context, peer.rawValue) == 1 else {
            return X509_V_ERR_UNSPECIFIED
        }
        let parameters = X509_STORE_CTX_get0_param(context)
        X509_VERIFY_PARAM_set_auth_level(parameters, Self.securityLevel)
        if ignoringDates { X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_NO_CHECK_TIME)) }
        if X509_verify_cert(context) == 1 { return X509_V_OK }
        let code = X509_STORE_CTX_get_error(context)
        return code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code
    }

    /// The purposes of OpenSSL's verification.
    enum Peer: String {
        case client = "ssl_client"
        case server = "ssl_server"
    }

    /// The first one other than `der` that OpenSSL would take for its issuer.
    func issuer(of der: [UInt8]) -> [UInt8]? {
        guard let x509 = Self.read(der) else { return nil }
        defer { X509_free(x509) }
        return certificates.first { other in
            guard other != der, let issuer = Self.read(other) else { return false }
            defer { X509_free(issuer) }
            return X509_check_issued(issuer, x509) == X509_V_OK
        }
    }

    private static func read(_ der: [UInt8]) -> OpaquePointer? {
        der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return d2i_X509(nil, &cursor, buffer.count)
        }
    }

    /// What a server with this machine's OpenSSL demands unless told otherwise; on Debian 2: no RSA key below 2048 bits.
    private static let securityLevel: CInt = {
        guard let context = SSL_CTX_new(TLS_server_method()) else { return 2 }
        defer { SSL_CTX_free(context) }
        return SSL_CTX_get_security_level(context)
    }()
}
