import Glibc
package import TrustCore

/// Makes one log look like one endless file: finds it, reads it in bounded chunks, and goes on where the writer went on.
///
/// `LogPosition` decides what to do; here it is done. Nothing is read from a new file, or from a file's new beginning, before that position
/// has been saved: the sequence numbers of its lines depend on where the old file ended, and must be the same after a crash.
package struct Follower {
    package private(set) var names: LogNames
    package var report: LogReport
    /// Nil until the log was found.
    var open: OpenLog?
    var left: LeftFiles
    var search: LogSearch
    /// The position must be saved before anything more is read.
    var mustBeSaved = false
    /// Lines are missing before the next one.
    var hasGap = false
    /// Files that had the log's name for a moment, held open: exicyclog puts another file over the one that Exim may have made meanwhile.
    var held: [LogFile] = []
    /// The one of them that is read.
    var caught: FileIdentity?
    /// Set when the log is mounted by itself.
    private(set) var mount: FileMount?
    private let start: StartingPoint
    /// False for `--once`.
    private let patient: Bool

    /// Whole lines of the log.
    package struct Lines {
        /// Valid until the next turn.
        package let bytes: UnsafeRawBufferPointer
        /// The sequence number of the first byte.
        package let begin: UInt64
        /// Memory that is free until the next turn, if there is some.
        package let scratch: UnsafeMutableRawBufferPointer?
        /// How many bytes of the file can be read behind `bytes`, until the file is left or mapped anew.
        package let following: Int
    }

    package enum Turn {
        case lines(Lines)
        /// A line was too long to be read.
        case skipped
        /// Nothing yet, but there may be more to do at once.
        case again
        /// Nothing until something happens, at most until the given moment.
        case idle(until: Duration?)
        /// The caller must save the position first.
        case mustBeSaved
    }

    /// - Parameters:
    ///   - saved: where reading stopped; nil at the very first start.
    ///   - floor: the highest sequence number that any entry has counted for this log.
    ///   - patient: false for `--once`.
    package init(_ names: LogNames, saved: SavedPosition.Log?, _ circumstances: Circumstances? = nil, floor: UInt64, patient: Bool) {
        self.names = names
        self.patient = patient
        report = LogReport(counts: saved?.counts ?? LogCounts())
        left = LeftFiles(horizon: saved?.horizon ?? "")
        search = LogSearch(names)
        start = StartingPoint(saved: saved, circumstances: circumstances, floor: floor)
    }

    /// The file that is read now.
    package var file: LogFile? { open?.file }
    /// The first bytes of that file, as far as they are known.
    package var beginning: [UInt8] { open?.marks.head ?? [] }

    /// To be kept across a restart; nil when the log was never found. `unfinished` is the sequence number from which on lines have to be
    /// read again, if they have to.
    package func snapshot(unfinished: UInt64?) -> SavedPosition.Log? {
        guard let open else { return start.saved ?? start.beforeFirst }
        let position = open.position
        var log = SavedPosition.Log(
            inode: position.file.inode, offset: position.offset, sequence: position.sequence, marks: open.marks)
        (log.finished, log.horizon, log.counts) = (left.saved, left.horizon, report.counts)
        if let unfinished, unfinished >= position.base, unfinished < position.sequence {
            let offset = Int64(unfinished - position.base)
            if let marks = try? open.file.marks(at: offset), marks.head.count >= Int(min(offset, Int64(FileMarks.headLength))) {
                (log.offset, log.sequence, log.marks) = (offset, unfinished, marks)
            }
        }
        return log
    }

    package mutating func wasSaved() { mustBeSaved = false }

    /// Whether lines are missing between those of the last turn and those of the next one. Asked once for each gap.
    package mutating func takeGap() -> Bool {
        defer { hasGap = false }
        return hasGap
    }

    /// One look at the log, and at most one chunk of it.
    package mutating func turn(into buffer: UnsafeMutableRawBufferPointer, now: Duration) -> Turn {
        if mustBeSaved { return .mustBeSaved }
        do throws(SystemError) { return try look(into: buffer, now: now) } catch {
            report.blocked(names, by: error)
            return .idle(until: nil)
        }
    }

    private mutating func look(into buffer: UnsafeMutableRawBufferPointer, now: Duration) throws(SystemError) -> Turn {
        guard var log = open else { return try begin(now: now) }
        defer { open = log }
        if patient { hold(but: log) }
        let size = try log.file.size()
        let isUnchanged = try log.isUnchanged(size: size)
        let successor = size > log.position.examined || !isUnchanged ? nil : try self.successor(of: log)
        switch log.position.observe(size: size, isUnchanged: isUnchanged, hasSuccessor: successor != nil, now: now, patient: patient) {
        case .wait(let until):
            lookAtMount(now: now)
            return .idle(until: until)
        case .read: return try read(&log, into: buffer)
        case .switch:
            guard let successor else { return .again }
            do throws(SystemError) { log = try follow(successor, from: log) } catch {
                // It was rotated again between looking and opening.
                guard error.isMissing || error.code == ESTALE else { throw error }
                return .again
            }
            report.recovered(names)
        case .restart(let misfortune):
            log.unmap()
            log = try restarted(log, misfortune)
        }
        mustBeSaved = true
        return .mustBeSaved
    }

    /// Whether the log has been found, now or before this start.
    package var hasPosition: Bool { open != nil || start.saved != nil }

    private mutating func begin(now: Duration) throws(SystemError) -> Turn {
        let log = try start.open(&search, &report)
        open = log
        if let saved = start.saved {
            left.reopen(saved.finished, of: names, but: log.file.identity)
            hasGap = true
        } else {
            left.leaveOthers(of: names, but: log.file.identity)
        }
        report.recovered(names)
        mount = FileMount(names.pattern, now: now)
        if let mount {
            report.note(
                "\(names.pattern) is mounted as a single file: after its next rotation nothing more of it will be seen",
                hint: Self.folderHint)
            if mount.isStale { reportStale() }
        }
        mustBeSaved = true
        return .mustBeSaved
    }

    private static let folderHint = "mount the folder of the log instead"

    private mutating func lookAtMount(now: Duration) { if mount?.becomesStale(now: now) == true { reportStale() } }

    private mutating func reportStale() { report.gap("\(names.pattern): \(FollowerStatus.Log.stale)", hint: Self.folderHint) }

    /// Opens the file that has the log's name now, before it may lose it.
    private mutating func hold(but log: OpenLog) {
        guard !names.isDated, let current = names.current(), current.identity != log.file.identity, !left.contains(current.identity),
            !held.contains(where: { $0.identity == current.identity }), let file = try? LogFile(current)
        else { return }
        held.append(file)
        if held.count > SavedPosition.maximumFinished { held.removeFirst() }
    }

    /// Learns to which folder the log is rotated, if that is another one. False when nothing is learned.
    mutating func learnFolder(from log: OpenLog) -> Bool {
        guard let folder = names.learn(from: log.file) else { return false }
        search.names = names
        report.note(
            "\(names.pattern) was rotated into \(folder)",
            hint: "“rotated = \(folder)” in trustd.conf lets trustd find it there after a restart, too")
        return true
    }

    private mutating func read(_ log: inout OpenLog, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Turn {
        if log.isBlank {
            // Saved before anything is read. Otherwise the position would match any file that gets this inode after a crash, and sequence
            // numbers would be given twice.
            try log.learnBeginning()
            mustBeSaved = true
            return .mustBeSaved
        }
        // What was saved of a short beginning may also be the beginning of another file.
        let wasShort = log.position.offset == 0 && log.marks.head.count < FileMarks.headLength
        let chunk = try log.read(into: buffer, mapped: !patient)
        report.recovered(names)
        switch chunk {
        case .lines(let bytes, let begin):
            // Nobody asks a run of `--once` how many lines it has read.
            if patient { report.counts.lines += UInt64(LineEnds.count(in: bytes)) }
            if wasShort { mustBeSaved = true }
            let scratch = bytes.isWithin(buffer) ? nil : buffer
            return .lines(Lines(bytes: bytes, begin: begin, scratch: scratch, following: log.mapped(behind: bytes)))
        case .endOfLongLine(let length):
            report.note("a line of \(length) bytes in \(names.pattern) was skipped")
            report.counts.lost += 1
            return .skipped
        case .nothing: return .again
        // The end of a compressed file is known only when it is reached.
        case .end: return log.file.gzip == nil ? .idle(until: nil) : .again
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func isWithin(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
        guard let own = baseAddress, let other = buffer.baseAddress else { return false }
        return own >= UnsafeRawPointer(other) && own < UnsafeRawPointer(other) + buffer.count
    }
}
