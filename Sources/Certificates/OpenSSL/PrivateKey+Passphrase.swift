import COpenSSL

/// Keys that a passphrase opens: encrypted PKCS#8 (RFC 5958).
extension PrivateKey {
    /// Why an encrypted key was not opened.
    package enum OpeningError: Error, CustomStringConvertible {
        /// The file's form is right, and this passphrase does not open it.
        case wrongPassphrase
        case unreadable(OpenSSLError)

        package var description: String {
            switch self {
            case .wrongPassphrase: "this is not the passphrase of the key"
            case .unreadable(let error): "\(error)"
            }
        }
    }

    /// Whether a file holds an encrypted key in the form that `pem(lockedBy:)` writes.
    package static func isLocked(_ pem: [UInt8]) -> Bool {
        ((try? PEM.blocks(in: pem)) ?? []).contains { $0.label == "ENCRYPTED PRIVATE KEY" }
    }

    /// Opens a key that is encrypted as PKCS#8.
    package convenience init(pem: [UInt8], openedBy passphrase: Passphrase) throws(OpeningError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        let task = "read the key"
        let buffer: SecretBuffer
        do throws(OpenSSLError) { buffer = try SecretBuffer(pem) } catch { throw .unreadable(error) }
        guard let locked = PEM_read_bio_PKCS8(buffer.bio, nil, nil, nil) else { throw .unreadable(OpenSSLError(task)) }
        defer { X509_SIG_free(locked) }
        // A wrong one leaves bytes that are no key, and usually not even padding.
        guard let opened = passphrase.use({ PKCS8_decrypt(locked, $0, $1) }) else { throw .wrongPassphrase }
        defer { PKCS8_PRIV_KEY_INFO_free(opened) }
        guard let key = EVP_PKCS82PKEY(opened) else { throw .unreadable(OpenSSLError(task)) }
        self.init(taking: key)
    }

    /// How often the passphrase is hashed: whoever has copied the file needs as long for each guess (OWASP 2023, PBKDF2 with HMAC-SHA-256).
    private static let rounds: CInt = 600_000
    private static let salt: CInt = 16

    /// PKCS#8, encrypted with AES-256.
    package func pem(lockedBy passphrase: Passphrase) throws(OpenSSLError) -> [UInt8] {
        ERR_clear_error()
        let task = "write the key"
        guard let plain = EVP_PKEY2PKCS8(handle) else { throw OpenSSLError(task) }
        defer { PKCS8_PRIV_KEY_INFO_free(plain) }
        let locked = passphrase.use { PKCS8_encrypt(-1, EVP_aes_256_cbc(), $0, $1, nil, Self.salt, Self.rounds, plain) }
        guard let locked else { throw OpenSSLError(task) }
        defer { X509_SIG_free(locked) }
        let buffer = try SecretBuffer()
        guard PEM_write_bio_PKCS8(buffer.bio, locked) == 1 else { throw OpenSSLError(task) }
        return buffer.contents
    }
}
