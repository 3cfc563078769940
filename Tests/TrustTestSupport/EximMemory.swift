import Foundation
import Glibc

extension PrivateExim {
    /// Whether the running daemon holds this text in its memory: this shows the list that it works with, whatever the disk holds. Exim
    /// keeps macros and ACLs as text, and executes itself again when it reads its configuration.
    ///
    /// Nil if root may not look: it lacks CAP_SYS_PTRACE, as in some containers, and can still trace what it starts itself.
    package func remembers(_ text: String) throws -> Bool? {
        guard Self.mayLook else {
            try Skipping.demandPermission(for: Self.unchecked)
            return nil
        }
        guard let pid else { throw NothingCame(description: "Exim is not running; its log:\n\(logText)\(panicText)") }
        let memory = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw NothingCame(description: "Exim's memory cannot be read") }
        defer { close(memory) }
        let wanted = Data(text.utf8)
        // Memory without a file behind it. Exim makes the part with its configuration read-only.
        for line in try File.read("/proc/\(pid)/maps").split(separator: "\n")
        where line.contains(" r") && line.contains("p 00000000 00:00 0 ") {
            let range = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard range.count == 2 else { continue }
            var part = Data(count: Int(range[1] - range[0]))
            let count = part.withUnsafeMutableBytes { pread(memory, $0.baseAddress, $0.count, off_t(range[0])) }
            guard count > 0 else { continue }
            var rest = part.prefix(count)
            while let found = rest.range(of: wanted) {
                rest = rest[found.upperBound...]
                // Skip file names in the trust directory, which GnuTLS reads.
                if !rest.starts(with: ".pem".utf8) { return true }
            }
        }
        return false
    }

    private static let unchecked = "not checked, because CAP_SYS_PTRACE is missing: the contents of Exim's memory"

    private static let mayLook: Bool = {
        let capabilities = ((try? File.read("/proc/self/status")) ?? "").split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let mayLook = (capabilities.flatMap { UInt64($0.suffix(16), radix: 16) } ?? 0) & 1 << 19 != 0
        if !mayLook { print("note: \(unchecked)") }
        return mayLook
    }()
}
