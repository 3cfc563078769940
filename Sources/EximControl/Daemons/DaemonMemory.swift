import Glibc
package import Host
import SystemPackage
import TrustCore

/// The fingerprints in a running daemon's memory: the list that it has really read.
///
/// Nothing else tells this. After a HUP the pid and the start time stay the same, the pid file is not written again (a daemon with `-C` runs
/// as Exim's user by then), another user can write the log, and every question to a daemon would count as an attempt to relay. But Exim
/// keeps the macro, and the ACLs in which it has replaced the macro, as text; and it executes itself anew at each reload, so that nothing of
/// an older list is left. root may read the memory (proc(5), /proc/PID/mem); where not even root may, in a container, nothing is concluded.
package struct DaemonMemory {
    let process: ProcessFacts

    package init(process: ProcessFacts) {
        self.process = process
    }

    /// More than any Exim daemon has.
    private static let mostBytes = 256 << 20

    /// All texts of exactly 64 upper-case hexadecimal digits; nil when the memory may not be read.
    package var digests: Set<String>? {
        guard let memory = try? FileDescriptor.open("/proc/\(process.pid)/mem", .readOnly, options: .closeOnExec) else { return nil }
        defer { try? memory.close() }
        var found: Set<String> = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        var total = 0
        var hasRead = false
        for region in process.ownMemory {
            var search = DigestSearch()
            var address = region.lowerBound
            while address < region.upperBound, total < Self.mostBytes {
                let want = Int(min(UInt64(chunk.count), region.upperBound - address))
                let got = chunk.withUnsafeMutableBytes { space in
                    (try? memory.read(fromAbsoluteOffset: Int64(address), into: UnsafeMutableRawBufferPointer(rebasing: space[..<want])))
                        ?? 0
                }
                guard got > 0 else { break }
                hasRead = true
                search.take(chunk[..<got], into: &found)
                address += UInt64(got)
                total += got
            }
            search.end(into: &found)
        }
        return hasRead ? found : nil
    }
}
