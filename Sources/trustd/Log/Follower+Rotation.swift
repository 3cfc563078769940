import TrustCore

extension Follower {
    /// Where the log goes on.
    enum Successor {
        /// In the next file by the order of rotation.
        case next(LogNames.File)
        /// In some later file: the file that was read has no name any more (rotated twice, removed), so there may be others between them.
        case some(LogNames.File)
        /// In a copy that has taken the name of what was read: an editor's, or a backup that was put back.
        case copy(LogNames.File)
        /// In one that was left.
        case again(FileIdentity)
        /// In a file that had the log's name for a moment, and has no name any more.
        case lost(LogFile)
        /// In a new file of an earlier date: the clock was set back, or the zone was changed.
        case earlier(LogNames.File)
    }

    /// The next file in the order of rotation that holds data and is not older. A file that was left and written again comes first.
    mutating func successor(of log: OpenLog) throws(SystemError) -> Successor? {
        if let changed = left.changed() { return .again(changed) }
        held.removeAll { $0.identity == log.file.identity }
        // Only the end of it was read, and only once: back to where reading was.
        if log.file.isUnlinked, left.latest == names.current()?.identity, let back = left.latest { return .again(back) }
        let current = names.current()
        if !names.isDated, current?.identity == log.file.identity { return nil }
        let modified = try log.file.modified()
        var files = names.files()
        var index = files.firstIndex { $0.identity == log.file.identity }
        if index == nil, learnFolder(from: log) {
            files = names.files()
            index = files.firstIndex { $0.identity == log.file.identity }
        }
        if index == nil {
            // It was compressed right behind the rotation, or replaced by its copy: go on in the copy, without reading all of it again.
            for (place, other) in files.enumerated() where other.size > 0 && search.isCopy(other, of: log) {
                if !other.isCompressed { return .copy(other) }
                index = place
            }
        }
        // A late line in the renamed file may have made the current one the older of the two. A file that was left and has not changed is
        // read already.
        let isOrdered = index != nil && !names.isDated
        let next = files[(index.map { $0 + 1 } ?? 0)...].first { other in
            other.size > 0 && names.mayFollow(log.file.path, other.path) && !left.contains(other.identity)
                && (isOrdered || other.identity == current?.identity || isLater(other, than: log, modified))
        }
        if let lost = lostFile(among: files, before: next) { return .lost(lost) }
        if let next { return index == nil && log.file.identity != caught ? .some(next) : .next(next) }
        return names.isDated ? left.newEarlier(than: log.file, among: files).map { .earlier($0) } : nil
    }

    /// A file that had the log's name and has none any more, if it comes before `next`. One that was only compressed is not lost: it is
    /// among the files, in its place.
    private mutating func lostFile(among files: [LogNames.File], before next: LogNames.File?) -> LogFile? {
        held.removeAll { file in
            guard file.isUnlinked, let size = try? file.size(), size > 0, let marks = try? file.marks(at: size) else { return false }
            return files.contains { other in other.isCompressed && (try? LogFile(other).holds(marks, at: size)) == true }
        }
        guard let lost = held.first(where: { $0.isUnlinked && ((try? $0.size()) ?? 0) > 0 }) else { return nil }
        // Rotated several times at once: what was rotated away before it is read first.
        guard let next, next.identity != names.current()?.identity, let modified = try? lost.modified() else { return lost }
        return next.modified <= modified ? nil : lost
    }

    /// Whether a file was written after what was read, as far as its lines tell, or else the times of change.
    private func isLater(_ other: LogNames.File, than log: OpenLog, _ modified: Int64) -> Bool {
        guard !names.isDated, let begin = names.beginning(of: other), let end = names.end(of: log.file, at: log.position.offset),
            begin != end
        else { return other.modified >= modified }
        return begin > end
    }

    /// Opens the file in which the log goes on, and leaves the old one.
    mutating func follow(_ successor: Successor, from log: OpenLog) throws(SystemError) -> OpenLog {
        switch successor {
        case .copy(let other):
            let next = try LogFile(other)
            report.note("\(next.path) was replaced by a copy of itself: reading goes on in the copy", .information)
            search.forgetComparisons()
            return OpenLog(next, at: log.position.moved(to: next.identity, at: log.position.offset), marks: log.marks)
        case .again(let identity):
            guard let one = left.take(identity) else { return log }
            return goBack(from: log, to: OpenLog(one.file, at: log.position.switched(to: identity, at: one.offset), marks: one.marks))
        case .earlier(let other):
            let next = try LogFile(other)
            return goBack(from: log, to: try OpenLog(beginning: next, at: log.position.switched(to: next.identity)))
        case .lost(let file):
            held.removeAll { $0.identity == file.identity }
            caught = file.identity
            report.note("\(file.path) was replaced by another file at once: what was written between is read", .information)
            return try goOn(from: log, in: file)
        case .next(let other): return try goOn(from: log, to: other)
        case .some(let other):
            let next = try goOn(from: log, to: other)
            report.gap(
                "the file of \(names.pattern) that was read has no name any more: reading goes on in \(next.file.path); lines written in"
                    + " between may be lost", hint: StartingPoint.elsewhere, .warning)
            return next
        }
    }

    private mutating func goOn(from log: OpenLog, to other: LogNames.File) throws(SystemError) -> OpenLog {
        let file = try LogFile(other)
        held.removeAll { $0.identity == file.identity }
        return try goOn(from: log, in: file)
    }

    private mutating func goOn(from log: OpenLog, in file: LogFile) throws(SystemError) -> OpenLog {
        let next = try OpenLog(beginning: file, at: log.position.switched(to: file.identity))
        if log.file.gzip?.isDamaged == true {
            report.gap("\(log.file.path) is damaged behind byte \(log.position.offset): what follows in it is lost")
        }
        if log.position.examined > log.position.offset { report.counts.lost += 1 }
        report.counts.rotations += 1
        left.leave(log, of: names)
        search.forgetComparisons()
        return next
    }

    /// To a file that is not the next one. Reported once for each file that is left and read again.
    private mutating func goBack(from log: OpenLog, to next: OpenLog) -> OpenLog {
        let identity = next.file.identity
        if identity != names.current()?.identity, left.isNews(identity) {
            report.note("somebody writes into \(next.file.path) again: reading goes on where it stopped in that file", .information)
        }
        left.leave(log, of: names)
        search.forgetComparisons()
        // Pieces of an entry in the one file do not continue in the other.
        hasGap = true
        return next
    }

    /// Where reading goes on in a log that was changed behind our back.
    mutating func restarted(_ log: OpenLog, _ misfortune: LogPosition.Misfortune) throws(SystemError) -> OpenLog {
        let what = misfortune == .truncated ? "was truncated" : "was written anew"
        let offset = log.position.offset
        let next: OpenLog
        if let copy = try search.file(with: log.marks, at: offset, inode: nil, but: log.file.identity, &report) {
            // logrotate's copytruncate: what was not read yet is in the copy.
            report.note("\(names.pattern) \(what): reading goes on in its copy \(copy.path)", .information)
            next = OpenLog(copy, at: log.position.moved(to: copy.identity, at: offset), marks: log.marks)
            search.forgetComparisons()
        } else {
            next = try OpenLog(beginning: log.file, at: log.position.restarted)
            report.counts.gaps += 1
            report.note("\(names.pattern) \(what): reading goes on at its beginning; lines written in between may be lost")
        }
        report.counts.truncations += 1
        hasGap = true
        return next
    }
}
