import Glibc
import SystemPackage
import TrustCore

/// Makes one log look like one endless file: finds it, reads it in bounded chunks, goes on where the writer went on.
///
/// What to do is decided by `LogPosition`; here it is done. Nothing is read from a new file, or from a file's new beginning, before that
/// position has been saved: the sequence numbers of its lines depend on where the old one ended, and must be the same after a crash.
struct Follower {
    let names: LogNames
    private(set) var file: LogFile?
    private(set) var position: LogPosition?
    /// Say what stands in the way now; nil when nothing does.
    private(set) var trouble: Trouble?
    /// The position must be saved before anything more is read.
    private(set) var mustBeSaved = false
    /// To be said, and taken away, by the caller.
    var notes: [Note] = []

    private var marks = FileMarks()
    /// Files that may be this log's and cannot be read: each said once.
    private var doubted: Set<FilePath> = []
    private var reader = LineReader()
    private var saved: SavedPosition.Log?
    private let floor: UInt64
    private let patient: Bool

    enum Trouble: Equatable {
        case missing
        case unreadable(SystemError)
    }

    enum Turn: Equatable {
        /// There may be more to read at once.
        case more
        /// Nothing until something happens, or until then (milliseconds).
        case idle(until: Int64?)
        /// The caller must save the position first.
        case mustBeSaved
    }

    /// - Parameters:
    ///   - saved: where reading stopped; nil at the very first start.
    ///   - floor: the highest sequence number that any entry has counted for this log.
    ///   - patient: false for `--once`.
    init(_ names: LogNames, saved: SavedPosition.Log?, floor: UInt64, patient: Bool) {
        self.names = names
        self.saved = saved
        self.floor = floor
        self.patient = patient
    }

    /// To be kept over a restart; nil when the log was never found.
    func snapshot() -> SavedPosition.Log? {
        guard let position, let file else { return saved }
        var log = SavedPosition.Log(
            inode: position.file.inode, offset: position.offset, sequence: position.sequence, marks: marks)
        // The pieces of an unfinished entry must be read again.
        if let begin = reader.begin, begin >= position.base, begin < position.sequence {
            let offset = Int64(begin - position.base)
            if let marks = try? file.marks(at: offset), marks.head.count >= Int(min(offset, Int64(LogFile.headLength))) {
                (log.offset, log.sequence, log.marks) = (offset, begin, marks)
            }
        }
        return log
    }

    mutating func wasSaved() { mustBeSaved = false }

    /// One look at the log, and at most one chunk of it.
    mutating func turn(into buffer: UnsafeMutableRawBufferPointer, now: Int64, found: inout [LineReader.Found]) -> Turn {
        if mustBeSaved { return .mustBeSaved }
        do throws(SystemError) {
            guard let file, var position else { return try find() }
            defer { self.position = position }
            let size = try file.size()
            // When the file is shorter, nothing needs to be compared.
            let tail = size < position.offset ? marks.tail : try tail(of: file, at: position.offset)
            let isUnchanged = tail == marks.tail
            let successor = size > position.examined || !isUnchanged ? nil : try self.successor(of: file)
            switch position.observe(
                size: size, isUnchanged: isUnchanged, hasSuccessor: successor != nil, now: now, patient: patient)
            {
            case .wait(let until): return .idle(until: until)
            case .read:
                if marks.head.isEmpty {
                    // Saved before anything is read: otherwise the position fits any file that gets this inode after a crash, and
                    // sequence numbers that were given would be given again.
                    marks.head = try file.marks(at: 0).head
                    mustBeSaved = true
                    return .mustBeSaved
                }
                let turn = try read(file, &position, into: buffer, found: &found)
                recovered()
                return turn
            case .switch:
                guard let successor else { return .more }
                let next = try LogFile(successor.file.path)
                let marks = try Self.marks(of: next)
                if !successor.isNext {
                    notes.append(
                        Note(
                            message: "what was read of \(names.pattern) bears no name of it any more: on with \(next.path); lines"
                                + " written in between may be lost", severity: .information))
                }
                position.switched(to: next.identity)
                adopt(next, marks: marks)
                recovered()
                return .mustBeSaved
            case .restart(let misfortune):
                try restart(file, &position, misfortune)
                return .mustBeSaved
            }
        } catch {
            become(error.isMissing ? .missing : .unreadable(error))
            return .idle(until: nil)
        }
    }

    private func tail(of file: LogFile, at offset: Int64) throws(SystemError) -> [UInt8] {
        try file.bytes(at: offset - Int64(marks.tail.count), count: marks.tail.count)
    }

    /// Of the beginning of a file that is not read yet; closes it when that fails.
    private static func marks(of file: LogFile) throws(SystemError) -> FileMarks {
        do { return try file.marks(at: 0) } catch {
            file.close()
            throw error
        }
    }

    /// Where the log goes on after `file`: the next one in the order of rotation that holds data, and is not older. When `file` bears no
    /// name any more (rotated twice, compressed, removed) nobody knows whether that is the next one.
    private func successor(of file: LogFile) throws(SystemError) -> (file: LogNames.File, isNext: Bool)? {
        let current = names.current()
        if let current, current.identity == file.identity { return nil }
        let modified = try file.modified()
        let files = names.files()
        let index = files.firstIndex { $0.identity == file.identity }
        // The current one may be older by the moment in which a late line landed in the renamed one.
        let next = files[(index.map { $0 + 1 } ?? 0)...]
            .first { $0.size > 0 && ($0.modified >= modified || $0.identity == current?.identity) }
        return next.map { ($0, index != nil) }
    }

    private mutating func adopt(_ next: LogFile, marks: FileMarks) {
        file?.close()
        file = next
        self.marks = marks
        mustBeSaved = true
    }

    private mutating func become(_ trouble: Trouble) {
        guard self.trouble != trouble else { return }
        self.trouble = trouble
        switch trouble {
        case .missing: notes.append(Note(message: "\(names.pattern) is not there", hint: "it will be read when it comes"))
        case .unreadable(let error):
            notes.append(
                Note(message: "the log cannot be read: \(error)", hint: "let the user that trustd runs as read it", severity: .error))
        }
    }

    private mutating func recovered() {
        guard trouble != nil else { return }
        trouble = nil
        notes.append(Note(message: "\(names.pattern) can be read again", severity: .information))
    }
}

extension Follower {
    /// The file where reading stopped, or else the beginning of the current one.
    private mutating func find() throws(SystemError) -> Turn {
        if let saved {
            if let (found, offset) = try locate(saved.marks, at: saved.offset, inode: saved.inode) {
                position = LogPosition(file: found.identity, offset: offset, sequence: saved.sequence)
                reader = LineReader(afterGap: true)
                adopt(found, marks: saved.marks)
                recovered()
                return .mustBeSaved
            }
        }
        guard let current = names.current() else { throw names.whyMissing() }
        let found = try LogFile(current.path)
        let marks = try Self.marks(of: found)
        if let saved {
            let compressed = names.compressed().count
            notes.append(
                Note(
                    message: "the file in which the reading of \(names.pattern) stopped at byte \(saved.offset) is gone: lines may be lost",
                    hint: compressed > 0 ? "\(compressed) compressed files stand beside it and are not read" : nil, severity: .error))
        }
        position = LogPosition(file: found.identity, offset: 0, sequence: max(saved?.sequence ?? 0, floor))
        reader = LineReader(afterGap: saved != nil)
        adopt(found, marks: marks)
        recovered()
        return .mustBeSaved
    }

    /// Bytes of a head that tell a file from all others, though nothing of it was read.
    private static let tellingHead = 64
    /// Errors that go away by waiting.
    private static let passing = [EMFILE, ENFILE, ENOMEM, EAGAIN]

    /// The file of the log that holds `marks`: the one of that inode before all others, which may be copies.
    /// Throws when it is one that cannot be read, or cannot be read now. Another that cannot is said and left out: it must not keep the
    /// readable one from being read.
    private mutating func locate(
        _ marks: FileMarks, at offset: Int64, inode: UInt64?, but excluded: FileIdentity? = nil
    ) throws(SystemError) -> (LogFile, Int64)? {
        var failure: SystemError?
        let files = names.files().filter { $0.identity != excluded && $0.size >= offset }
        for candidate in files.filter({ $0.identity.inode == inode }) + files.filter({ $0.identity.inode != inode }) {
            guard candidate.identity.inode == inode || offset > 0 || marks.head.count >= Self.tellingHead else { continue }
            do throws(SystemError) {
                let file = try LogFile(candidate.path)
                do throws(SystemError) {
                    if try file.holds(marks, at: offset) { return (file, offset) }
                    file.close()
                } catch {
                    file.close()
                    throw error
                }
            } catch {
                if error.isMissing { continue }
                if candidate.identity.inode == inode || Self.passing.contains(error.code) {
                    failure = error
                } else if doubted.insert(candidate.path).inserted {
                    notes.append(Note(message: "\(error): whether reading stopped there is not known"))
                }
            }
        }
        if let failure { throw failure }
        return nil
    }

    private mutating func restart(_ file: LogFile, _ position: inout LogPosition, _ misfortune: LogPosition.Misfortune) throws(SystemError)
    {
        let what = misfortune == .truncated ? "was truncated" : "was written anew"
        if let (copy, offset) = try locate(marks, at: position.offset, inode: nil, but: file.identity) {
            // logrotate's copytruncate: what we had not read stands in the copy.
            notes.append(Note(message: "\(names.pattern) \(what): on with its copy \(copy.path)", severity: .information))
            position = LogPosition(file: copy.identity, offset: offset, sequence: position.sequence)
            adopt(copy, marks: marks)
            reader = LineReader(afterGap: true)
            return
        }
        marks = try file.marks(at: 0)
        notes.append(Note(message: "\(names.pattern) \(what): on from its beginning; lines written in between may be lost"))
        position.restarted()
        reader = LineReader(afterGap: true)
        mustBeSaved = true
    }
}

extension Follower {
    private mutating func read(
        _ file: LogFile, _ position: inout LogPosition, into buffer: UnsafeMutableRawBufferPointer, found: inout [LineReader.Found]
    ) throws(SystemError) -> Turn {
        let isSkipping = position.isSkipping
        let start = isSkipping ? position.examined : position.offset
        let count = try file.read(at: start, into: buffer)
        guard count > 0 else { return .idle(until: nil) }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if isSkipping {
            guard let end = LineSearch.endOfLine(in: bytes) else {
                position.consumed(to: position.offset, examined: start + Int64(count))
                return .more
            }
            let next = start + Int64(end)
            notes.append(Note(message: "a line of \(next - position.offset) bytes in \(names.pattern) was skipped"))
            marks = try file.marks(at: next)
            reader.skip()
            position.consumed(to: next, examined: next)
            return .more
        }
        guard let end = LineSearch.endOfLines(in: bytes) else {
            position.consumed(to: position.offset, examined: start + Int64(count))
            return .more
        }
        let lines = UnsafeRawBufferPointer(rebasing: bytes[..<end])
        reader.read(lines: lines, begin: position.base &+ UInt64(start), now: .now, found: &found)
        marks.append(lines)
        if marks.head.count < LogFile.headLength || start == 0 { marks.head = try file.marks(at: 0).head }
        // What was saved of a short beginning may begin another file as well.
        if start == 0 { mustBeSaved = true }
        position.consumed(to: start + Int64(end), examined: start + Int64(count))
        return .more
    }
}
