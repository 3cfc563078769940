import CLinux
import Glibc
import SystemPackage
package import TrustCore

/// A file in memory for a program's standard descriptors. Its size is fixed, so that a faulty program cannot fill the memory, and it is closed
/// on exec.
package struct BoundedMemory: ~Copyable {
    package let descriptor: CInt

    /// Empty, for a program that writes at most so many bytes.
    package init(_ size: Int) throws(SystemError) {
        descriptor = clinux_bounded_memory(off_t(size))
        guard descriptor >= 0 else { throw SystemError("memfd_create", "memory") }
    }

    /// Puts these bytes into it, as many as its size, for a program that reads them.
    package func hold(_ bytes: [UInt8]) throws(SystemError) {
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else { throw SystemError("write", "memory") }
    }

    deinit { close(descriptor) }

    /// What a program wrote.
    package var written: [UInt8] { Self.written(to: descriptor) }

    /// The same by the descriptor alone. The program shares the file position with us.
    static func written(to descriptor: CInt) -> [UInt8] {
        let count = Int(lseek(descriptor, 0, SEEK_CUR))
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(descriptor, &bytes, count, 0)
        return Array(bytes.prefix(max(got, 0)))
    }
}
