import CLinux
package import SystemPackage

/// A file or folder attribute (chattr(1)) that keeps even root from changing it.
package enum FileProtection: String {
    case immutable = "i"
    case appendOnly = "a"

    /// What protects `path`; nil when nothing does, or the file system does not say.
    package static func of(_ path: FilePath) -> FileProtection? {
        FileProtection(rawValue: String(decoding: [UInt8(truncatingIfNeeded: clinux_attribute(path.string))], as: UTF8.self))
    }
}
