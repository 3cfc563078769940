import COpenSSL
import Glibc
import Host
package import TrustCore

/// The client's side of one TLS connection (1.2 or later) over a connected socket.
///
/// It verifies nothing: it says which certificate the server showed, and the caller decides. OpenSSL does not touch the socket: it reads
/// from and writes to memory, and `TimedSocket` carries the bytes, so that no call blocks beyond its deadline and a write to a closed
/// connection raises no SIGPIPE. Deadlines are times of `Clock.monotonic`.
package final class TLSClient {
    private let socket: TimedSocket
    private let context: OpaquePointer
    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// Shared with OpenSSL's callback.
    private let request: CertificateRequest

    /// `name` is sent as SNI. With `pin`, our certificate is shown only to a server with that certificate: an impostor must not learn who
    /// we are.
    package init(
        over descriptor: CInt, showing identity: Identity? = nil, onlyTo pin: Fingerprint? = nil, name: String? = nil,
        whenSlow: (() -> Void)? = nil
    ) throws(TLSError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_client_method()), let session = SSL_new(context), let incoming = BIO_new(BIO_s_mem()),
            let outgoing = BIO_new(BIO_s_mem())
        else { throw .setup(OpenSSLError.lastWords()) }
        socket = TimedSocket(descriptor, whenSlow: whenSlow)
        (self.context, self.session, self.incoming, self.outgoing) = (context, session, incoming, outgoing)
        request = CertificateRequest(identity: identity, pin: pin)
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_verify(session, SSL_VERIFY_NONE, nil)
        SSL_set_cert_cb(
            session,
            { session, request in
                if let request { Unmanaged<CertificateRequest>.fromOpaque(request).takeUnretainedValue().answer(session) }
                return 1
            }, Unmanaged.passUnretained(request).toOpaque())
        try configure(identity, name)
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
        ERR_clear_error()
    }

    private func configure(_ identity: Identity?, _ name: String?) throws(TLSError) {
        guard copenssl_set_oldest_protocol(session, TLS1_2_VERSION) == 1 else { throw .setup(OpenSSLError.lastWords()) }
        // A probe must reach old servers too: it sends nothing secret, and trusts nothing that it receives.
        SSL_set_security_level(session, 0)
        if let name, copenssl_set_server_name(session, name) != 1 { throw .setup(OpenSSLError.lastWords()) }
        guard let identity, request.pin == nil else { return }
        guard CertificateRequest.use(identity, in: session) else { throw .setup(OpenSSLError.lastWords()) }
    }

    /// Does the handshake. With TLS 1.3 a server may refuse our certificate after it: then the first `read` throws.
    package func connect(until deadline: Duration) throws(TLSError) { try perform(until: deadline) { SSL_connect(self.session) } }

    /// The certificate that the server showed, in DER form.
    package var peerCertificate: [UInt8]? {
        SSL_get0_peer_certificate(session).map { ASN1.der(i2d_X509, of: $0) }
    }

    /// What the server showed besides, in DER form: the certificates of the authorities between it and a root.
    package var peerChain: [[UInt8]] {
        let chain = SSL_get_peer_cert_chain(session)
        return (0..<max(0, OPENSSL_sk_num(chain))).compactMap { index in
            OPENSSL_sk_value(chain, index).map { ASN1.der(i2d_X509, of: OpaquePointer($0)) }
        }
    }

    /// Whether our certificate was shown, and its key has signed. False where the server takes no signature of a key of this kind: then TLS
    /// goes on without a certificate.
    package var hasShownCertificate: Bool { copenssl_own_signature(session) != 0 }
    /// Whether the server asked for our certificate.
    package var askedForCertificate: Bool { request.wasMade }
    /// The authorities that the server named when it asked. If there are some, a GnuTLS client shows only a certificate that one of them
    /// issued.
    package var namedAuthorities: [String] { request.authorities }
    /// E.g. `TLSv1.3`.
    package var version: String { SSL_get_version(session).map { String(cString: $0) } ?? "" }
    /// E.g. `TLS_AES_256_GCM_SHA384`.
    package var cipher: String { SSL_CIPHER_get_name(SSL_get_current_cipher(session)).map { String(cString: $0) } ?? "" }

    package func write(_ bytes: [UInt8], until deadline: Duration) throws(TLSError) {
        guard !bytes.isEmpty else { return }
        try perform(until: deadline) { SSL_write(self.session, bytes, CInt(bytes.count)) }
    }

    /// The bytes received, at least one; empty when the server has closed the connection.
    package func read(until deadline: Duration) throws(TLSError) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        do {
            let count = try perform(until: deadline) { SSL_read(self.session, &chunk, CInt(chunk.count)) }
            return Array(chunk[..<Int(count)])
        } catch .ended { return [] }
    }

    /// Sends the closing alert, and does not wait for the server's.
    package func close(until deadline: Duration) {
        ERR_clear_error()
        SSL_shutdown(session)
        try? flush(until: deadline)
    }

    @discardableResult
    private func perform(until deadline: Duration, _ operation: () -> CInt) throws(TLSError) -> CInt {
        while true {
            ERR_clear_error()
            let result = operation()
            let outcome = SSL_get_error(session, result)
            // Read the error queue now: `flush` may overwrite it.
            let words = outcome == SSL_ERROR_SSL ? OpenSSLError.lastWords() : nil
            do { try flush(until: deadline) } catch {
                // OpenSSL failed first; that its alert cannot be sent is a consequence.
                if let words { throw .failed(words) }
                throw error
            }
            if result > 0 { return result }
            switch outcome {
            case SSL_ERROR_WANT_READ: try fill(until: deadline)
            case SSL_ERROR_WANT_WRITE: continue
            case SSL_ERROR_ZERO_RETURN: throw .ended
            default: throw .failed(words ?? Printable("the connection broke"))
            }
        }
    }

    private func flush(until deadline: Duration) throws(TLSError) {
        while BIO_ctrl_pending(outgoing) > 0 {
            var chunk = [UInt8](repeating: 0, count: 16_384)
            let count = BIO_read(outgoing, &chunk, CInt(chunk.count))
            guard count > 0 else { return }
            do { try socket.send(Array(chunk[..<Int(count)]), until: deadline) } catch { throw .connection(error) }
        }
    }

    private func fill(until deadline: Duration) throws(TLSError) {
        let bytes: [UInt8]
        do { bytes = try socket.receive(until: deadline) } catch { throw .connection(error) }
        guard !bytes.isEmpty else { throw .ended }
        guard BIO_write(incoming, bytes, CInt(bytes.count)) == bytes.count else { throw .setup(OpenSSLError.lastWords()) }
    }
}
