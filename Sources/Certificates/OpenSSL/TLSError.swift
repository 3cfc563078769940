package import Host
package import TrustCore

/// Why a TLS connection failed.
package enum TLSError: Error, Equatable, CustomStringConvertible {
    case setup(Printable)
    case connection(TimedSocketError)
    /// OpenSSL's words, which name the server's alert if there was one.
    case failed(Printable)
    case ended

    package var description: String {
        switch self {
        case .setup(let words): "cannot prepare TLS: \(words)"
        case .connection(let error): error.description
        case .failed(let words): "TLS failed: \(words)"
        case .ended: "the other side ended the connection"
        }
    }
}
