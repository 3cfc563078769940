import Glibc
package import SystemPackage
import TrustCore

/// What `/proc` says about a process. Every answer may be missing: a process can end at any time.
package struct ProcessFacts {
    package let pid: Int32

    package init(pid: Int32) {
        self.pid = pid
    }

    private var folder: String { "/proc/\(pid)" }

    package static var all: [ProcessFacts] {
        ((try? Folder("/proc").names()) ?? []).compactMap { Int32($0).map(ProcessFacts.init) }
    }

    /// The program's file. After an upgrade replaced it the kernel appends ` (deleted)`, which is dropped.
    package var executable: FilePath? {
        guard let target = link("exe") else { return nil }
        return FilePath(target.hasSuffix(" (deleted)") ? String(target.dropLast(10)) : target)
    }

    /// Whether we may not even see the program's file, e.g. of another user's process in a container: it may be any program.
    package var isHidden: Bool {
        var nothing: CChar = 0
        return readlink("\(folder)/exe", &nothing, 1) < 0 && (errno == EACCES || errno == EPERM)
    }

    /// Whether the program's file, deleted or not, is root's and nobody else can write it.
    package var runsProgramOfRoot: Bool {
        var status = stat()
        return stat("\(folder)/exe", &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_uid == 0
            && status.st_mode & 0o022 == 0
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

    /// Whether it still runs. A process that has ended keeps its pid until its parent waits for it.
    package var isAlive: Bool { field("State:").first.map { $0 != "Z" && $0 != "X" } ?? false }

    /// Whether the process has installed a handler for SIGHUP.
    ///
    /// Exim ignores the signal from before it executes itself again until it serves (src/daemon.c): a HUP in between is lost.
    package var catchesHangup: Bool { (UInt64(field("SigCgt:"), radix: 16) ?? 0) & 1 << UInt64(SIGHUP - 1) != 0 }

    /// Whether the capability of this number (capabilities(7)) is effective.
    func hasCapability(_ number: UInt64) -> Bool { (UInt64(field("CapEff:"), radix: 16) ?? 0) & 1 << number != 0 }

    /// Whether `path` is the same file for this process as for us. In a container it may be another file with the same path.
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

    /// The inodes of its open sockets by their descriptors. None when the process is gone, nil when they could not be read.
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

    /// Whether the error says that the process or descriptor is gone, and not that we may not see it.
    private static func isGone(_ code: CInt) -> Bool { code == ENOENT || code == ESRCH }

    /// Its listening TCP sockets.
    package var listeners: [Listener] {
        let own = sockets
        guard !own.isEmpty else { return [] }
        // The tables under /proc list all connections: 3 ms on a large machine. sock_diag gives the listeners only.
        if sharesOurNetwork, let all = Listener.all { return all.filter { own.contains($0.inode) } }
        return socketTable.compactMap { Listener(tableLine: $0) }.filter { own.contains($0.inode) }
    }

    /// The lines about all TCP sockets of its network namespace, of all processes; empty when they cannot be read.
    package var socketTable: [Substring] {
        ["net/tcp", "net/tcp6"].flatMap { String(decoding: text($0), as: UTF8.self).split(separator: "\n") }
    }

    /// Its readable memory that maps no file, also where it is read-only: Exim makes its configuration read-only after reading it.
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

    /// A file under `/proc`, which has no size; empty when it cannot be read.
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
