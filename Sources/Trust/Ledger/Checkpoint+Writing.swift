import Certificates
import Glibc
import Host
import SystemPackage
import TrustCore

extension Checkpoint {
    /// More lines than these behind a checkpoint of so many, and it is made anew by the next command that holds the lock: each command reads
    /// those lines, and a checkpoint takes as long as all lines.
    static func patience(_ lines: Int) -> Int { max(200, lines / 1_000) }

    /// Writes a checkpoint of all that `books` have to `path`: first beside it, then it gets its name. The caller holds the lock.
    static func write(_ books: Books, to path: FilePath, group: gid_t?) throws(SystemError) {
        let new = draft(of: path)
        guard unlink(new.string) == 0 || errno == ENOENT else { throw SystemError("unlink", new) }
        let file = open(new.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemError("open", new) }
        defer { close(file) }
        do throws(SystemError) {
            var output = Output(descriptor: file, path: new)
            let ledger = books.ledger
            let digest = try SHA256.text(of: ledger, upTo: ledger.count)
            try output.add(heading(bytes: ledger.count, number: books.lines, digest: digest).utf8)
            let recent = books.recent.sorted { $0.key < $1.key }
            var next = 0
            var failure: SystemError?
            var index = CheckpointIndex.Draft()
            func add(_ line: some Collection<UInt8>) {
                index.add(line, at: output.count)
                do throws(SystemError) { try output.add(line) } catch { failure = error }
            }
            func add(before fingerprint: Fingerprint?) -> Bool {
                var replaces = false
                while next < recent.count, fingerprint.map({ recent[next].key <= $0 }) ?? true {
                    replaces = replaces || recent[next].key == fingerprint
                    add(CheckpointLine.text(recent[next].key, recent[next].value))
                    next += 1
                }
                return replaces
            }
            // Lines about those that nothing was decided about since stay as they are.
            try books.checkpoint?.eachLine { fingerprint, line, _ in
                guard failure == nil, !add(before: fingerprint) else { return }
                add(line + [UInt8(ascii: "\n")])
            }
            _ = add(before: nil)
            if let failure { throw failure }
            let place = output.count
            for line in index.lines { try output.add(line) }
            try output.add(Trailer(marks: books.marks, inode: ledger.mark?.inode ?? 0, index: place).text.utf8)
            try output.finish()
            if let group { guard fchown(file, 0, group) == 0 else { throw SystemError("chown", new) } }
            guard fchmod(file, 0o640) == 0 else { throw SystemError("chmod", new) }
            guard fsync(file) == 0 else { throw SystemError("fsync", new) }
            guard let mark = ledger.mark else { throw SystemError("stat", path, code: ENOENT) }
            try setTime(of: file, to: mark.modified, new)
            guard Glibc.rename(new.string, path.string) == 0 else { throw SystemError("rename", path) }
        } catch {
            unlink(new.string)
            throw error
        }
    }

    static func draft(of path: FilePath) -> FilePath { FilePath(path.string + ".new") }

    /// Gives the checkpoint at `path` the time of the ledger at `ledger`: trustctl has written both.
    static func followed(_ path: FilePath, by ledger: FilePath) throws(SystemError) {
        var status = stat()
        guard lstat(ledger.string, &status) == 0 else { throw SystemError("stat", ledger) }
        let file = open(path.string, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { throw SystemError("open", path) }
        defer { close(file) }
        try setTime(of: file, to: LedgerBytes.Mark(status).modified, path)
    }

    private static func setTime(of file: CInt, to nanoseconds: Int64, _ path: FilePath) throws(SystemError) {
        let time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        guard futimens(file, [time, time]) == 0 else { throw SystemError("futimens", path) }
    }

    /// Bytes on their way to the file, with the digest of all of them.
    private struct Output {
        let descriptor: CInt
        let path: FilePath
        private var waiting: [UInt8] = []
        /// How many bytes were added.
        private(set) var count = 0
        private let digest = SHA256.Running()

        init(descriptor: CInt, path: FilePath) {
            self.descriptor = descriptor
            self.path = path
        }

        mutating func add(_ bytes: some Sequence<UInt8>) throws(SystemError) {
            let before = waiting.count
            waiting.append(contentsOf: bytes)
            count += waiting.count - before
            if waiting.count >= 1 << 20 { try flush() }
        }

        mutating func finish() throws(SystemError) {
            try flush()
            waiting = Array("sum \(digest.text)\n".utf8)
            try flush()
        }

        private mutating func flush() throws(SystemError) {
            digest.add(waiting[...])
            var rest = waiting[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw SystemError("write", path) }
                rest = rest.dropFirst(count)
            }
            waiting.removeAll(keepingCapacity: true)
        }
    }
}
