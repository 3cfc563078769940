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

    /// Whether `text` is somewhere in it; nil when the memory may not be read.
    package func holds(_ text: String) -> Bool? {
        guard let memory = try? FileDescriptor.open("/proc/\(process.pid)/mem", .readOnly, options: .closeOnExec) else { return nil }
        defer { try? memory.close() }
        let wanted = Array(text.utf8)
        var hasRead = false
        for region in process.ownMemory {
            var address = region.lowerBound
            // What the last piece ended with may be the beginning of the text.
            var bytes: [UInt8] = []
            while address < region.upperBound, address - region.lowerBound < UInt64(Self.mostBytes) {
                var chunk = [UInt8](repeating: 0, count: Int(min(1 << 20, region.upperBound - address)))
                let got = chunk.withUnsafeMutableBytes { (try? memory.read(fromAbsoluteOffset: Int64(address), into: $0)) ?? 0 }
                guard got > 0 else { break }
                hasRead = true
                bytes = bytes.suffix(wanted.count) + chunk[..<got]
                if Self.holds(bytes, wanted) { return true }
                address += UInt64(got)
            }
        }
        return hasRead ? false : nil
    }

    private static func holds(_ bytes: [UInt8], _ wanted: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            guard let first = wanted.first, let base = bytes.baseAddress else { return false }
            var place = 0
            while place + wanted.count <= bytes.count, let found = memchr(base + place, CInt(first), bytes.count - wanted.count - place + 1)
            {
                if memcmp(found, wanted, wanted.count) == 0 { return true }
                place = base.distance(to: UnsafeRawPointer(found)) + 1
            }
            return false
        }
    }

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
