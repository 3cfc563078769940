import CLinux
import Glibc
package import SystemPackage
import TrustCore

/// What the kernel tells about a process under `/proc`. Every answer may be missing: a process can end at any time.
package struct ProcessFacts {
    package let pid: Int32

    package init(pid: Int32) {
        self.pid = pid
    }

    private var folder: String { "/proc/\(pid)" }

    package static var all: [ProcessFacts] {
        ((try? Folder("/proc").names()) ?? []).compactMap { Int32($0).map(ProcessFacts.init) }
    }

    /// The program's file; an upgrade that replaced it leaves ` (deleted)` behind the name, which is dropped.
    package var executable: FilePath? {
        guard let target = link("exe") else { return nil }
        return FilePath(target.hasSuffix(" (deleted)") ? String(target.dropLast(10)) : target)
    }

    /// Whether not even that may be known, as of another user's process in a container: it can be any program.
    package var isHidden: Bool {
        var nothing: CChar = 0
        return readlink("\(folder)/exe", &nothing, 1) < 0 && (errno == EACCES || errno == EPERM)
    }

    package var arguments: [String] {
        var parts = text("cmdline").split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        if parts.last == "" { parts.removeLast() }
        return parts
    }

    /// Real, effective, saved and file system uid.
    package var uids: [UInt32] { field("Uid:").split(separator: "\t").compactMap { UInt32($0) } }
    /// Real, effective, saved and file system gid.
    var gids: [UInt32] { field("Gid:").split(separator: "\t").compactMap { UInt32($0) } }
    /// Supplementary groups.
    package var groups: [UInt32] { field("Groups:").split(separator: " ").compactMap { UInt32($0) } }
    package var parent: Int32? { Int32(field("PPid:")) }

    /// The session it belongs to; a daemon is the leader of its own.
    package var session: Int32? { statistics(3).flatMap { Int32($0) } }

    /// When it was forked, by `Clock.boot`, in whole ticks; exec does not change it.
    package var began: Duration? { statistics(19).flatMap { Int64($0) }.map { Clock.tick * $0 } }

    /// A field of `/proc/PID/stat`, counted from the one behind the program's name.
    private func statistics(_ index: Int) -> Substring? {
        // The name in parentheses may hold anything, blanks and parentheses too.
        let text = String(decoding: text("stat"), as: UTF8.self)
        let fields = text.lastIndex(of: ")").map { text[text.index(after: $0)...].split(separator: " ") } ?? []
        return fields.count > index ? fields[index] : nil
    }

    /// Whether it still runs; one that has ended but that nobody has waited for keeps its number.
    package var isAlive: Bool { field("State:").first.map { $0 != "Z" && $0 != "X" } ?? false }

    /// Whether the process has installed a handler for SIGHUP.
    ///
    /// Exim ignores the signal from before it executes itself anew until it serves again (src/daemon.c): a HUP in between is lost.
    package var catchesHangup: Bool { (UInt64(field("SigCgt:"), radix: 16) ?? 0) & 1 << UInt64(SIGHUP - 1) != 0 }

    /// Whether `path` is for this process the very file that it is for us: not so in a container whose paths only look the same.
    package func sees(_ path: FilePath) -> Bool {
        var theirs = stat()
        var ours = stat()
        return stat("\(folder)/root\(path)", &theirs) == 0 && stat(path.string, &ours) == 0 && theirs.st_dev == ours.st_dev
            && theirs.st_ino == ours.st_ino
    }

    /// Its network namespace.
    package var network: String? { link("ns/net") }

    package var sharesOurNetwork: Bool { network != nil && network == ProcessFacts(pid: getpid()).network }

    /// The inodes of its open sockets.
    package var sockets: Set<UInt64> { Set((readableSockets ?? [:]).values) }

    /// The inodes of its open sockets by their descriptors: none of a process that is gone, nil when they could not be read.
    package var readableSockets: [Int32: UInt64]? {
        let names: [String]
        do { names = try Folder(FilePath("\(folder)/fd")).names() } catch { return Self.isGone(error.code) ? [:] : nil }
        var sockets: [Int32: UInt64] = [:]
        for name in names {
            guard let target = link("fd/\(name)") else {
                if Self.isGone(errno) { continue }
                return nil
            }
            guard target.hasPrefix("socket:["), target.hasSuffix("]"), let number = Int32(name) else { continue }
            sockets[number] = UInt64(target.dropFirst(8).dropLast())
        }
        return sockets
    }

    /// Whether that error says that there is nothing any more, and not that nobody may see it.
    private static func isGone(_ code: CInt) -> Bool { code == ENOENT || code == ESRCH }

    /// Its listening TCP sockets.
    package var listeners: [Listener] {
        let own = sockets
        guard !own.isEmpty else { return [] }
        // The tables under /proc are read by way of all connections: 3 ms on a large machine. The kernel can be asked for listeners alone.
        if sharesOurNetwork, let all = Listener.all { return all.filter { own.contains($0.inode) } }
        return socketTable.compactMap { Listener(tableLine: $0) }.filter { own.contains($0.inode) }
    }

    /// The lines about all TCP sockets of its network namespace, whoever's they are; empty when they cannot be read.
    package var socketTable: [Substring] {
        ["net/tcp", "net/tcp6"].flatMap { String(decoding: text($0), as: UTF8.self).split(separator: "\n") }
    }

    /// Its memory that is of no file: what it may write into, and what it has closed to itself since (Exim does so with its configuration).
    package var ownMemory: [Range<UInt64>] {
        String(decoding: text("maps"), as: UTF8.self).split(separator: "\n").compactMap { line in
            // 55d0c8a00000-55d0c8a21000 rw-p 00000000 00:00 0                          [heap]
            let words = line.split(separator: " ")
            guard words.count >= 5, words[1].hasPrefix("r"), words[4] == "0", words.count == 5 || words[5] == "[heap]" else { return nil }
            let ends = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            return ends.count == 2 && ends[0] < ends[1] ? ends[0]..<ends[1] : nil
        }
    }

    private func field(_ name: String) -> Substring {
        let status = String(decoding: text("status"), as: UTF8.self)
        return status.split(separator: "\n").first { $0.hasPrefix(name) }.map { $0.dropFirst(name.count).trimmed[...] } ?? ""
    }

    private func link(_ name: String) -> String? {
        var target = [CChar](repeating: 0, count: 4_096)
        let count = readlink("\(folder)/\(name)", &target, target.count)
        return count > 0 ? String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    private func text(_ name: String) -> [UInt8] { Self.contents(of: "\(folder)/\(name)") }

    /// A file of the kernel's, whose size nobody knows before; empty when it cannot be read.
    package static func contents(of path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 16 << 20 {
            let count = read(file, &chunk, chunk.count)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}

/// A listening TCP socket, as a line of `/proc/net/tcp` or `tcp6` tells it (proc(5)).
package struct Listener: Equatable {
    package let inode: UInt64
    package let port: UInt16
    /// Four or sixteen bytes, in network order.
    package let address: [UInt8]

    /// All of our network namespace (sock_diag(7)); nil when the kernel does not say.
    package static var all: [Listener]? {
        var listeners: [Listener] = []
        for family in [AF_INET, AF_INET6] {
            var found = [clinux_listener](repeating: clinux_listener(), count: 1_024)
            let count = clinux_listeners(family, &found, CInt(found.count))
            guard count >= 0, count < found.count else { return nil }
            for one in found.prefix(Int(count)) {
                let bytes = withUnsafeBytes(of: one.address) { Array($0.prefix(family == AF_INET ? 4 : 16)) }
                listeners.append(Listener(inode: UInt64(one.inode), port: one.port, address: bytes))
            }
        }
        return listeners
    }

    private init(inode: UInt64, port: UInt16, address: [UInt8]) { (self.inode, self.port, self.address) = (inode, port, address) }

    package init?(tableLine line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]), let (address, port) = Self.end(fields[1]) else {
            return nil
        }
        (self.inode, self.port, self.address) = (inode, port, address)
    }

    /// One end of a connection, `0100007F:0019`: its address in network order, and its port.
    package static func end(_ text: Substring) -> (address: [UInt8], port: UInt16)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16), parts[0].count == 8 || parts[0].count == 32 else { return nil }
        var bytes: [UInt8] = []
        var digits = parts[0]
        while !digits.isEmpty {
            // 32-bit words in the host's order.
            guard let word = UInt32(digits.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            digits = digits.dropFirst(8)
        }
        return (bytes, port)
    }
}
