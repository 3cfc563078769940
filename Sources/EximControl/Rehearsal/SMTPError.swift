package import Certificates
package import Host

/// Why an SMTP session ended early.
package enum SMTPError: Error, Equatable, CustomStringConvertible {
    case tls(TLSError)
    case connection(TimedSocketError)
    /// The server does not speak SMTP.
    case noReply
    case ended

    package var description: String {
        switch self {
        case .tls(let error): error.description
        case .connection(let error): error.description
        case .noReply: "the answer is not an SMTP reply"
        case .ended: "the other side ended the connection"
        }
    }
}
