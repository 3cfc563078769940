import Glibc
package import SystemPackage

/// Reads `trustd.conf`, or another file of its kind. It is the operator's file, so it may be a symbolic link.
package enum ConfigurationFile {
    private static let maximumSize = 1 << 20

    package static func contents(of path: FilePath) throws(SystemError) -> [UInt8] {
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw SystemError("open", path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(file, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= maximumSize else { throw SystemError("read", path, code: EFBIG) }
        }
    }
}
