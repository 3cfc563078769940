import Glibc
import SystemPackage
import TrustCore

extension Follower {
    /// Where the log goes on.
    enum Successor {
        /// In the next file by the order of rotation.
        case next(LogNames.File)
        /// Somewhere: the file that was read bears no name any more (rotated twice, removed), and nobody knows whether that is the next one.
        case some(LogNames.File)
        /// In a copy that has taken the name of what was read: an editor's, or a backup that was put back.
        case copy(LogNames.File)
        /// In one that was left.
        case again(FileIdentity)
        /// In a new file of an earlier date: the clock was set back, or the zone was changed.
        case earlier(LogNames.File)
    }

    /// The next file in the order of rotation that holds data, and is not older. What was left, and written again, comes first.
    mutating func successor(of file: LogFile) throws(SystemError) -> Successor? {
        if let changed = changedLeft() { return .again(changed) }
        let current = names.current()
        if !names.isDated, current?.identity == file.identity { return nil }
        let modified = try file.modified()
        let files = names.files()
        var index = files.firstIndex { $0.identity == file.identity }
        if index == nil {
            // Compressed right behind the rotation, or replaced by its copy: read on in it, not all of it again.
            for (place, other) in files.enumerated() where other.size > 0 && isCopy(other) {
                if !other.isCompressed { return .copy(other) }
                index = place
            }
        }
        // The current one may be older by the moment in which a late line landed in the renamed one. One that was left and has not changed
        // has been read.
        let next = files[(index.map { $0 + 1 } ?? 0)...].first { other in
            other.size > 0 && names.mayFollow(file.path, other.path)
                && (other.modified >= modified || other.identity == current?.identity)
                && !left.contains { $0.file.identity == other.identity }
        }
        if let next { return index == nil ? .some(next) : .next(next) }
        return newEarlier(than: file, files).map { .earlier($0) }
    }

    /// Whether `other` holds all that was read, at the same place. The attack: none; a few identical first lines are no copy.
    private mutating func isCopy(_ other: LogNames.File) -> Bool {
        if let known = compared[other.identity], known.size == other.size { return known.isCopy }
        guard let offset = position?.offset, marks.head.count >= Self.tellingHead, other.reaches(offset) else { return false }
        let file = try? LogFile(other)
        defer { file?.close() }
        let isCopy = (try? file?.holds(marks, at: offset)) == true
        if file != nil { compared[other.identity] = (other.size, isCopy) }
        return isCopy
    }

    mutating func follow(_ successor: Successor, _ position: inout LogPosition) throws(SystemError) {
        switch successor {
        case .copy(let other):
            let next = try LogFile(other)
            notes.append(Note(message: "\(next.path) was replaced by a copy of itself: on in it", severity: .information))
            position = LogPosition(file: next.identity, offset: position.offset, sequence: position.sequence)
            adopt(next, marks: marks)
        case .again(let identity):
            guard let index = left.firstIndex(where: { $0.file.identity == identity }) else { return }
            let next = left.remove(at: index)
            goBack(&position, to: next.file, at: next.offset, marks: next.marks)
        case .earlier(let other):
            let next = try LogFile(other)
            goBack(&position, to: next, at: 0, marks: try Self.marks(of: next))
        case .some(let other), .next(let other):
            let next = try LogFile(other)
            let marks = try Self.marks(of: next)
            if let file, file.gzip?.isDamaged == true {
                counts.gaps += 1
                notes.append(
                    Note(message: "\(file.path) is damaged behind byte \(position.offset): what follows in it is lost", severity: .error))
            }
            if case .some = successor {
                counts.gaps += 1
                notes.append(
                    Note(
                        message: "what was read of \(names.pattern) bears no name of it any more: on with \(next.path); lines"
                            + " written in between may be lost", severity: .information))
            }
            if position.examined > position.offset { counts.lost += 1 }
            counts.rotations += 1
            leave(at: position)
            position.switched(to: next.identity)
            adopt(next, marks: marks)
        }
    }

    /// To a file that is not the next one; said once for as long as it is left for a while and read again.
    private mutating func goBack(_ position: inout LogPosition, to next: LogFile, at offset: Int64, marks: FileMarks) {
        if next.identity != names.current()?.identity, wentBack.insert(next.identity).inserted {
            notes.append(
                Note(message: "somebody writes into \(next.path) again: it is read on from where reading stopped", severity: .information))
        }
        leave(at: position)
        position.switched(to: next.identity, at: offset)
        adopt(next, marks: marks)
        // What was waiting in one file does not go on in the other.
        reader = LineReader(afterGap: true)
    }
}
