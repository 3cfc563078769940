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
                recovered()
                return .mustBeSaved
            }
        }
        guard let current = names.current() else { throw names.whyMissing() }
        let found = try LogFile(current.path)
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
        recovered()
        return .mustBeSaved
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
        let files = names.files().filter { $0.identity != excluded && $0.reaches(offset) }
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
