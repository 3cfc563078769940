/// Why a relay could not be examined.
package enum RelayError: Error, Equatable, CustomStringConvertible {
    /// There is no connection, or the relay ended or refused the session.
    case unreachable(String)
    /// TLS is not offered, is refused, or fails.
    case noTLS(String)

    package var description: String {
        switch self {
        case .unreachable(let why): "cannot connect to \(why)"
        case .noTLS(let why): "no TLS: \(why)"
        }
    }
}
