import COpenSSL
import Glibc
package import TrustCore

/// What OpenSSL could not do.
package struct OpenSSLError: Error, Equatable, CustomStringConvertible {
    /// What was tried, e.g. `make a key`.
    let task: String
    package let words: Printable

    package var description: String { "cannot \(task): \(words)" }

    /// With the first reason in OpenSSL's error queue, without its codes and file names.
    init(_ task: String) { self.init(task, words: Self.lastWords()) }

    package init(_ task: String, words: Printable) {
        self.task = task
        self.words = words
    }

    /// The first reason in OpenSSL's error queue; empties the queue.
    static func lastWords() -> Printable {
        defer { ERR_clear_error() }
        let code = ERR_peek_error()
        if code >> 31 & 1 == 1 { return Printable(String(cString: strerror(CInt(truncatingIfNeeded: code & 0x7FFF_FFFF)))) }
        let reason = ERR_reason_error_string(code).map { String(cString: $0) }
        return Printable(reason ?? "openssl does not say why", limit: 120)
    }
}
