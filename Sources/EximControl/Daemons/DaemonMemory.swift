import Glibc
package import Host
import SystemPackage
import TrustCore

/// The fingerprints that a running daemon has in its memory: the list that it has really read.
///
/// Nothing else tells. After a HUP pid and start time stay the same, the pid file is not written again (a daemon with `-C` is Exim's user by
/// then), the log belongs to another user, and no question can be put to a daemon that would not be an attempt of somebody's to relay. But
/// Exim keeps the macro and the ACLs, in which it has replaced the macro, as text, and executes itself anew at each reload, so that nothing
/// of an older list is left. root may look into it (proc(5), /proc/PID/mem); where not even root may, in a container, nothing is concluded.
package struct DaemonMemory {
    package let process: ProcessFacts

    package init(process: ProcessFacts) {
        self.process = process
    }

    /// More than any Exim's daemon has of its own.
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

/// Finds words of exactly 64 upper-case hexadecimal digits in bytes that come in pieces.
package struct DigestSearch {
    private var run: [UInt8] = []
    /// The run follows a letter or another digit, or is too long: it is a part of something else.
    private var isPart = false

    package static func digests(in bytes: [UInt8]) -> Set<String> {
        var search = DigestSearch()
        var found: Set<String> = []
        search.take(bytes[...], into: &found)
        search.end(into: &found)
        return found
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, into found: inout Set<String>) {
        bytes.withUnsafeBufferPointer { bytes in
            for byte in bytes {
                // Most bytes are no digits, and none is waiting.
                if (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) {
                    if run.count < 65 { run.append(byte) }
                } else {
                    if !run.isEmpty || isPart { end(into: &found) }
                    isPart = (0x47...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
                }
            }
        }
    }

    package mutating func end(into found: inout Set<String>) {
        if run.count == 64, !isPart { found.insert(String(decoding: run, as: UTF8.self)) }
        run = []
        isPart = false
    }
}
