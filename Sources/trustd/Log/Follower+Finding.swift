import Glibc
import SystemPackage
import TrustCore

extension Follower {
    /// The file where reading stopped, or else the beginning of the current one.
    mutating func find() throws(SystemError) -> Turn {
        if let saved {
            if let (found, offset) = try locate(saved.marks, at: saved.offset, inode: saved.inode) {
                position = LogPosition(file: found.identity, offset: offset, sequence: saved.sequence)
                reader = LineReader(afterGap: true)
                adopt(found, marks: saved.marks)
                findLeft()
                recovered()
                return .mustBeSaved
            }
            if circumstances?.hasRebooted == true, let turn = try findShortened(saved) { return turn }
        }
        guard let current = names.current() else { throw names.whyMissing() }
        // What was written since we saved is in this file and in those behind it.
        let found = if let unread = oldestUnread(but: current) { unread } else { try LogFile(current.path) }
        let marks = try Self.marks(of: found)
        if let saved {
            let compressed = names.unreadable().count
            counts.gaps += 1
            notes.append(
                Note(
                    message: "the file in which the reading of \(names.pattern) stopped at byte \(saved.offset) is gone: lines may be lost",
                    hint: compressed > 0 ? "\(compressed) files beside it are compressed in another way than gzip's and are not read" : nil,
                    severity: .error))
        }
        position = LogPosition(file: found.identity, offset: 0, sequence: max(saved?.sequence ?? 0, floor))
        reader = LineReader(afterGap: saved != nil)
        adopt(found, marks: marks)
        if saved == nil { leaveOthers() } else { findLeft() }
        recovered()
        return .mustBeSaved
    }

    /// The oldest file that was written since the position was saved, when that is not the current one. The kernel's times move in ticks of
    /// milliseconds: what bears the same one counts as written since, for a line read twice is better than one never read.
    private mutating func oldestUnread(but current: LogNames.File) -> LogFile? {
        guard saved != nil, let time = circumstances?.time else { return nil }
        for other in names.files() where other.size > 0 && other.modified >= time && other.identity != current.identity {
            do throws(SystemError) { return try LogFile(other) } catch {
                guard doubted.insert(other.path).inserted else { continue }
                notes.append(Note(message: "\(error): what was written into it is not read", severity: .error))
            }
        }
        return nil
    }

    /// Lines before the end that is left are looked at again, so that what was written since is among them: so many bytes of them.
    private static let lookedAtAgain: Int64 = 65_536

    /// The file in which reading stopped, when it has lost its end: after a power cut the disk holds less of the log than we had read, or
    /// nothing but NULs there, for Exim never waits for it. The last part is read again under the same numbers: what was counted is not
    /// counted again.
    private mutating func findShortened(_ saved: SavedPosition.Log) throws(SystemError) -> Turn? {
        guard let other = names.files().first(where: { $0.identity.inode == saved.inode && !$0.isCompressed }) else { return nil }
        let file = try LogFile(other)
        do throws(SystemError) {
            guard let start = try Self.start(in: file, saved) else {
                file.close()
                return nil
            }
            let marks = try file.marks(at: start)
            position = LogPosition(file: file.identity, offset: start, sequence: saved.sequence &- UInt64(saved.offset - start))
            adopt(file, marks: marks)
        } catch {
            file.close()
            throw error
        }
        counts.gaps += 1
        notes.append(
            Note(message: "\(file.path) has lost its end: on near it; lines written since may be lost", severity: .error))
        reader = LineReader(afterGap: true)
        findLeft()
        recovered()
        return .mustBeSaved
    }

    /// The beginning of a line near the end of what is left; nil when it is not the file that was read.
    private static func start(in file: LogFile, _ saved: SavedPosition.Log) throws(SystemError) -> Int64? {
        let head = saved.marks.head
        guard head.count >= tellingHead, try file.bytes(at: 0, count: head.count) == head else { return nil }
        let start = max(0, min(try file.size(), saved.offset) - lookedAtAgain)
        guard start > 0 else { return 0 }
        return try file.bytes(at: start, count: Int(lookedAtAgain)).firstIndex(of: 0x0A).map { start + Int64($0) + 1 }
    }

    /// Bytes of a head that tell a file from all others, though nothing of it was read.
    static let tellingHead = 64
    /// Errors that go away by waiting.
    private static let passing = [EMFILE, ENFILE, ENOMEM, EAGAIN]

    /// The file of the log that holds `marks`: the one of that inode before all others, which may be copies.
    /// Throws when it is one that cannot be read, or cannot be read now. Another that cannot is said and left out: it must not keep the
    /// readable one from being read.
    private mutating func locate(
        _ marks: FileMarks, at offset: Int64, inode: UInt64?, but excluded: FileIdentity? = nil
    ) throws(SystemError) -> (LogFile, Int64)? {
        for _ in 0..<20 {
            var hasMoved = false
            if let found = try locate(marks, at: offset, inode: inode, but: excluded, hasMoved: &hasMoved) { return found }
            guard hasMoved else { break }
            // Rotated between looking and opening: it has another name now.
            usleep(5_000)
        }
        return nil
    }

    private mutating func locate(
        _ marks: FileMarks, at offset: Int64, inode: UInt64?, but excluded: FileIdentity?, hasMoved: inout Bool
    ) throws(SystemError) -> (LogFile, Int64)? {
        var failure: SystemError?
        func listed() -> [LogNames.File] { names.files().filter { $0.identity != excluded && $0.reaches(offset) } }
        let files = listed()
        // What is compressed has to be read to be known, the newest first.
        let others = files.filter { $0.identity.inode != inode }
        let order =
            files.filter { $0.identity.inode == inode } + others.filter { !$0.isCompressed }
            + others.filter { $0.isCompressed }.reversed()
        for candidate in order {
            guard candidate.identity.inode == inode || offset > 0 || marks.head.count >= Self.tellingHead else { continue }
            do throws(SystemError) {
                let file = try LogFile(candidate)
                do throws(SystemError) {
                    if try file.holds(marks, at: offset) { return (file, offset) }
                    file.close()
                } catch {
                    file.close()
                    throw error
                }
            } catch {
                if error.isMissing || error.code == ESTALE { hasMoved = true }
                if error.isMissing || error.code == ESTALE || error.code == EBADMSG { continue }
                if candidate.identity.inode == inode || Self.passing.contains(error.code) {
                    failure = error
                } else if doubted.insert(candidate.path).inserted {
                    notes.append(Note(message: "\(error): whether reading stopped there is not known"))
                }
            }
        }
        if let failure { throw failure }
        // copytruncate, between the list and the look: the file is empty, and its copy was not there yet.
        if !LogNames.areSame(files, listed()) { hasMoved = true }
        return nil
    }

    mutating func restart(_ file: LogFile, _ position: inout LogPosition, _ misfortune: LogPosition.Misfortune) throws(SystemError) {
        counts.truncations += 1
        mapping = nil
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
        counts.gaps += 1
        notes.append(Note(message: "\(names.pattern) \(what): on from its beginning; lines written in between may be lost"))
        position.restarted()
        reader = LineReader(afterGap: true)
        mustBeSaved = true
    }
}
