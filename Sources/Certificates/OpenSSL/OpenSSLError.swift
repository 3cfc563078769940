import COpenSSL
import Glibc
package import TrustCore

/// What OpenSSL could not do.
package struct OpenSSLError: Error, Equatable, CustomStringConvertible {
    /// What was to be done, e.g. `make a key`.
    let task: String
    package let words: Printable

    package var description: String { "cannot \(task): \(words)" }

    /// With the first thing that OpenSSL found, without its codes and file names.
    package init(_ task: String) { self.init(task, words: Self.lastWords()) }

    package init(_ task: String, words: Printable) {
        self.task = task
        self.words = words
    }

    static func lastWords() -> Printable {
        defer { ERR_clear_error() }
        let code = ERR_peek_error()
        if code >> 31 & 1 == 1 { return Printable(String(cString: strerror(CInt(truncatingIfNeeded: code & 0x7FFF_FFFF)))) }
        let reason = ERR_reason_error_string(code).map { String(cString: $0) }
        return Printable(reason ?? "openssl does not say why", limit: 120)
    }
}

/// A buffer of OpenSSL's that bytes are written into and taken out of; what it held is overwritten when it goes, for it may be a key.
struct SecretBuffer: ~Copyable {
    let bio: OpaquePointer

    /// One that holds `bytes`.
    init(_ bytes: [UInt8] = []) throws(OpenSSLError) {
        guard let bio = BIO_new(BIO_s_secmem()) else { throw OpenSSLError("get memory") }
        var written = 0
        guard bytes.isEmpty || (BIO_write_ex(bio, bytes, bytes.count, &written) == 1 && written == bytes.count) else {
            BIO_free(bio)
            throw OpenSSLError("get memory")
        }
        self.bio = bio
    }

    deinit { BIO_free(bio) }

    /// All that was written into it.
    var contents: [UInt8] {
        let size = Int(BIO_ctrl_pending(bio))
        return [UInt8](unsafeUninitializedCapacity: size) { space, count in
            var got = 0
            if BIO_read_ex(bio, space.baseAddress, size, &got) == 1 { count = got }
        }
    }
}
