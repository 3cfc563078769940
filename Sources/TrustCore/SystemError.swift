import Glibc
package import SystemPackage

/// A system call that failed: which call, on which path, and why.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let call: String
    package let path: FilePath
    package let code: CInt

    package init(_ call: String, _ path: FilePath, code: CInt = errno) {
        self.call = call
        self.path = path
        self.code = code
    }

    /// `open /etc/trustd/trustd.conf: Permission denied`
    package var description: String { "\(call) \(path): \(reason)" }

    /// Only the cause.
    package var reason: String { String(cString: strerror(code)) }

    package var isMissing: Bool { code == ENOENT }
    package var isNotPermitted: Bool { code == EACCES || code == EPERM }
}
