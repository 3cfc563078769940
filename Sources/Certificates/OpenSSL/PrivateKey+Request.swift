import COpenSSL
import TrustCore

extension PrivateKey {
    /// A request for a certificate with this key (PKCS#10, in PEM form). `subject` is from the organisation down to the common name, as openssl(1)
    /// takes it: `[("O", "trust fleet"), ("OU", "relays"), ("CN", "mx1.example.org")]`.
    package func request(subject: [(type: String, value: String)]) throws(OpenSSLError) -> [UInt8] {
        ERR_clear_error()
        let task = "make a request"
        guard let request = X509_REQ_new() else { throw OpenSSLError(task) }
        defer { X509_REQ_free(request) }
        guard X509_REQ_set_version(request, 0) == 1, X509_REQ_set_pubkey(request, handle) == 1 else { throw OpenSSLError(task) }
        for (type, value) in subject {
            let bytes = Array(value.utf8)
            let added = X509_NAME_add_entry_by_txt(
                X509_REQ_get_subject_name(request), type, MBSTRING_UTF8, bytes, CInt(bytes.count), -1, 0)
            guard added == 1 else { throw OpenSSLError(task) }
        }
        guard X509_REQ_sign(request, handle, digest) > 0 else { throw OpenSSLError(task) }
        let buffer = try SecretBuffer()
        guard PEM_write_bio_X509_REQ(buffer.bio, request) == 1 else { throw OpenSSLError(task) }
        return buffer.contents
    }
}
