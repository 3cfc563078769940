import Glibc
import SystemPackage
import TrustCore

/// Makes one log look like one endless file: finds it, reads it in bounded chunks, goes on where the writer went on.
///
/// What to do is decided by `LogPosition`; here it is done. Nothing is read from a new file, or from a file's new beginning, before that
/// position has been saved: the sequence numbers of its lines depend on where the old one ended, and must be the same after a crash.
struct Follower {
    let names: LogNames
    var file: LogFile?
    /// Of that file.
    var mapping: MappedLog?
    var position: LogPosition?
    /// Say what stands in the way now; nil when nothing does.
    private(set) var trouble: Trouble?
    /// The position must be saved before anything more is read.
    var mustBeSaved = false
    /// To be said, and taken away, by the caller.
    var notes: [Note] = []

    /// What became of the log since we follow it.
    var counts = LogCounts()

    var marks = FileMarks()
    /// Files that were compared with the one being read, which has lost its names: whether they hold what it holds.
    var compared: [FileIdentity: (size: Int64, isCopy: Bool)] = [:]
    /// Files that were read to their end and left for the next one.
    var left: [LeftFile] = []
    /// See `SavedPosition.Log.horizon`.
    var horizon = ""
    /// Of those that were left, and are written again: each is said once.
    var wentBack: Set<FileIdentity> = []
    /// Files that may be this log's and cannot be read: each said once.
    var doubted: Set<FilePath> = []
    var reader = LineReader()
    var saved: SavedPosition.Log?
    /// Since that was saved.
    let circumstances: Circumstances?
    let floor: UInt64
    let patient: Bool

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
    init(_ names: LogNames, saved: SavedPosition.Log?, _ circumstances: Circumstances? = nil, floor: UInt64, patient: Bool) {
        self.circumstances = circumstances
        self.names = names
        self.saved = saved
        horizon = saved?.horizon ?? ""
        counts = saved?.counts ?? LogCounts()
        self.floor = floor
        self.patient = patient
    }

    /// To be kept over a restart; nil when the log was never found.
    func snapshot() -> SavedPosition.Log? {
        guard let position, let file else { return saved }
        var log = SavedPosition.Log(
            inode: position.file.inode, offset: position.offset, sequence: position.sequence, marks: marks)
        (log.finished, log.horizon, log.counts) = (left.map(\.saved), horizon, counts)
        // The pieces of an unfinished entry must be read again.
        if let begin = reader.begin, begin >= position.base, begin < position.sequence {
            let offset = Int64(begin - position.base)
            if let marks = try? file.marks(at: offset), marks.head.count >= Int(min(offset, Int64(FileMarks.headLength))) {
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
            // gzip's files are never changed.
            let tail = size < position.offset || file.gzip != nil ? marks.tail : try tail(of: file, at: position.offset)
            let beganSo = try isAsItBegan(file, position)
            let isUnchanged = beganSo && tail == marks.tail
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
                do throws(SystemError) { try follow(successor, &position) } catch {
                    // Rotated again between looking and opening.
                    guard error.isMissing || error.code == ESTALE else { throw error }
                    return .more
                }
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

    /// Whether the file, of whose known beginning not all is read yet, is the one that was found: copytruncate may have emptied it while its
    /// position was saved.
    private mutating func isAsItBegan(_ file: LogFile, _ position: LogPosition) throws(SystemError) -> Bool {
        guard position.offset == 0 || position.offset < marks.head.count, file.gzip == nil else { return true }
        let beginning = try file.bytes(at: 0, count: marks.head.count)
        if position.offset == 0 { return beginning == marks.head }
        let read = marks.head.prefix(Int(position.offset))
        guard beginning.starts(with: read) else { return false }
        // Half a line has become another one: it is not known then how the file goes on.
        if !marks.head.starts(with: beginning) { marks.head = Array(read) }
        return true
    }

    /// Of the beginning of a file that is not read yet; closes it when that fails.
    static func marks(of file: LogFile) throws(SystemError) -> FileMarks {
        do { return try file.marks(at: 0) } catch {
            file.close()
            throw error
        }
    }

    mutating func adopt(_ next: LogFile, marks: FileMarks) {
        mapping = nil
        file?.close()
        file = next
        self.marks = marks
        compared = [:]
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

    mutating func recovered() {
        guard trouble != nil else { return }
        trouble = nil
        notes.append(Note(message: "\(names.pattern) can be read again", severity: .information))
    }
}
