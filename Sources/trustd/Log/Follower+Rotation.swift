import Glibc
import SystemPackage
import TrustCore

/// What became of a log since trustd follows it.
struct LogCounts: Equatable {
    var lines: UInt64 = 0
    var sightings: UInt64 = 0
    var rotations: UInt64 = 0
    var truncations: UInt64 = 0
    /// How often lines may have been lost, nobody knows how many.
    var gaps: UInt64 = 0
    /// Lines that were not read: too long for any of Exim's, or cut off by a rotation.
    var skipped: UInt64 = 0
}

extension Follower {
    /// Where the log goes on.
    enum Successor {
        /// In the next file by the order of rotation.
        case next(LogNames.File)
        /// Somewhere: the file that was read bears no name any more (rotated twice, removed), and nobody knows whether that is the next one.
        case some(LogNames.File)
        /// In a copy that has taken the name of what was read: an editor's, or a backup that was put back.
        case copy(LogNames.File)
        /// In an earlier date's file that was read to its end: the clock was set back, or the zone was changed.
        case again(LogNames.File)

        var file: LogNames.File {
            switch self {
            case .next(let file), .some(let file), .copy(let file), .again(let file): file
            }
        }
    }

    /// The next file in the order of rotation that holds data, and is not older.
    mutating func successor(of file: LogFile) throws(SystemError) -> Successor? {
        let current = names.current()
        if let current, current.identity == file.identity { return regrown().map { .again($0) } }
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
        // The current one may be older by the moment in which a late line landed in the renamed one.
        let next = files[(index.map { $0 + 1 } ?? 0)...].first {
            $0.size > 0 && names.mayFollow(file.path, $0.path) && ($0.modified >= modified || $0.identity == current?.identity)
        }
        if next == nil, let again = regrown() { return .again(again) }
        if next == nil, let current, !names.mayFollow(file.path, current.path), current.modified > modified, !hasSaidBackwards {
            hasSaidBackwards = true
            counts.gaps += 1
            notes.append(
                Note(
                    message: "\(current.path) is written again behind \(file.path): the clock was set back; what is written into an"
                        + " earlier date's file is not read", severity: .error))
        }
        return next.map { index == nil ? .some($0) : .next($0) }
    }

    /// A finished file in which more stands by now.
    private func regrown() -> LogNames.File? {
        guard !finished.isEmpty else { return nil }
        return names.files().first { other in
            guard !other.isCompressed, let known = finished.first(where: { $0.inode == other.identity.inode }), known.examined < other.size,
                let file = try? LogFile(other)
            else { return false }
            defer { file.close() }
            return finish(of: file) != nil
        }
    }

    /// Of `file`, when it was read to its end before.
    private func finish(of file: LogFile) -> SavedPosition.FinishedFile? {
        finished.first { $0.inode == file.identity.inode && (try? file.holds($0.marks, at: $0.offset)) == true }
    }

    /// Forgets what was finished in `next`, and remembers it of the file that is left.
    private mutating func leave(at position: LogPosition, for next: LogFile) {
        guard names.isDated else { return }
        finished.removeAll { [position.file.inode, next.identity.inode].contains($0.inode) }
        if file?.gzip == nil, !marks.head.isEmpty {
            finished.append(
                SavedPosition.FinishedFile(
                    inode: position.file.inode, offset: position.offset, examined: position.examined, marks: marks))
        }
        if finished.count > SavedPosition.maximumFinished { finished.removeFirst() }
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
        let next = try LogFile(successor.file)
        if case .copy = successor {
            notes.append(Note(message: "\(next.path) was replaced by a copy of itself: on in it", severity: .information))
            position = LogPosition(file: next.identity, offset: position.offset, sequence: position.sequence)
            return adopt(next, marks: marks)
        }
        let finish = finish(of: next)
        let marks = if let finish { finish.marks } else { try Self.marks(of: next) }
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
        if case .again = successor {
            // What was waiting in one file does not go on in the other.
            reader = LineReader(afterGap: true)
            notes.append(
                Note(
                    message: "\(next.path) is written again, as when a clock is set back: on in it, where reading stopped",
                    severity: .information))
        } else {
            if position.examined > position.offset { counts.skipped += 1 }
            counts.rotations += 1
        }
        leave(at: position, for: next)
        position.switched(to: next.identity, at: finish?.offset ?? 0)
        adopt(next, marks: marks)
    }
}
