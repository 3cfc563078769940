import COpenSSL

/// A buffer in OpenSSL's memory for a private key in PEM form: overwritten when it is freed.
struct SecretBuffer: ~Copyable {
    let bio: OpaquePointer

    /// A buffer that holds `bytes`.
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

    /// Everything that was written into it.
    var contents: [UInt8] {
        let size = Int(BIO_ctrl_pending(bio))
        return [UInt8](unsafeUninitializedCapacity: size) { space, count in
            var got = 0
            if BIO_read_ex(bio, space.baseAddress, size, &got) == 1 { count = got }
        }
    }
}
