import Glibc
import SystemPackage
import TrustCore

/// Finds a file of a log by what stands in it, whatever its name is now.
struct LogSearch {
    var names: LogNames
    /// Files that may belong to the log and cannot be read: each is reported once.
    private var reported: Set<FilePath> = []
    /// Files that were compared with the one that is read, which has lost its names: whether they hold what it holds.
    private var compared: [FileIdentity: (size: Int64, isCopy: Bool)] = [:]

    /// Errors that pass by waiting.
    private static let passing = [EMFILE, ENFILE, ENOMEM, EAGAIN]

    init(_ names: LogNames) { self.names = names }

    /// Another file is read now.
    mutating func forgetComparisons() { compared = [:] }

    /// The file that holds `marks` at `offset`; the one of that inode before all others, which may be copies.
    ///
    /// Throws when it is one that cannot be read, or not now. Any other unreadable file is reported and left out: it must not keep the
    /// readable one from being read.
    mutating func file(
        with marks: FileMarks, at offset: Int64, inode: UInt64?, but excluded: FileIdentity? = nil, _ report: inout LogReport
    ) throws(SystemError) -> LogFile? {
        for _ in 0..<20 {
            var hasMoved = false
            if let found = try look(marks, at: offset, inode: inode, but: excluded, &hasMoved, &report) { return found }
            guard hasMoved else { break }
            // It was rotated between looking and opening, and has another name now.
            usleep(5_000)
        }
        return nil
    }

    private mutating func look(
        _ marks: FileMarks, at offset: Int64, inode: UInt64?, but excluded: FileIdentity?, _ hasMoved: inout Bool, _ report: inout LogReport
    ) throws(SystemError) -> LogFile? {
        var failure: SystemError?
        func listed() -> [LogNames.File] { names.files().filter { $0.identity != excluded && $0.reaches(offset) } }
        let files = listed()
        for candidate in Self.likeliestFirst(files, inode: inode) {
            guard candidate.identity.inode == inode || offset > 0 || marks.head.count >= FileMarks.tellingHead else { continue }
            do throws(SystemError) {
                let file = try LogFile(candidate)
                if try file.holds(marks, at: offset) { return file }
            } catch {
                if error.isMissing || error.code == ESTALE { hasMoved = true }
                if error.isMissing || error.code == ESTALE || error.code == EBADMSG { continue }
                if candidate.identity.inode == inode || Self.passing.contains(error.code) {
                    failure = error
                } else if reported.insert(candidate.path).inserted {
                    report.note("\(error): reading may have stopped in this file")
                }
            }
        }
        if let failure { throw failure }
        // copytruncate, between the list and the look: the file is empty, and its copy was not in the list yet.
        if !LogNames.areSame(files, listed()) { hasMoved = true }
        return nil
    }

    /// The file of that inode, then the others; compressed ones last, the newest first, because they have to be read to be recognized.
    private static func likeliestFirst(_ files: [LogNames.File], inode: UInt64?) -> [LogNames.File] {
        let others = files.filter { $0.identity.inode != inode }
        return files.filter { $0.identity.inode == inode } + others.filter { !$0.isCompressed }
            + others.filter { $0.isCompressed }.reversed()
    }

    /// The oldest file that was written since `time`, when that is not the current one. The kernel's times move in steps of milliseconds, so
    /// an equal one counts as later: a line that is read twice is better than one that is never read.
    mutating func oldest(writtenSince time: Int64, but current: LogNames.File, _ report: inout LogReport) -> LogFile? {
        for other in names.files() where other.size > 0 && other.modified >= time && other.identity != current.identity {
            do throws(SystemError) { return try LogFile(other) } catch {
                guard reported.insert(other.path).inserted else { continue }
                report.note("\(error): what was written into it is not read", .error)
            }
        }
        return nil
    }

    /// Whether `other` holds all that was read of `open`, at the same place. A few identical first lines do not make a copy.
    mutating func isCopy(_ other: LogNames.File, of open: OpenLog) -> Bool {
        if let known = compared[other.identity], known.size == other.size { return known.isCopy }
        let offset = open.position.offset
        guard open.marks.head.count >= FileMarks.tellingHead, other.reaches(offset), let file = try? LogFile(other) else { return false }
        let isCopy = (try? file.holds(open.marks, at: offset)) == true
        compared[other.identity] = (other.size, isCopy)
        return isCopy
    }
}
