import Glibc
import SystemPackage
import TrustCore

/// A file of the log that was read to its end and left for the next one, still open.
///
/// Somebody may write into it all the same: a process that was held up between looking at the log's name and writing, syslog that was not
/// told to open it anew, Exim itself when the clock is set back over midnight. Open, it cannot be mistaken for another with its inode.
struct LeftFile {
    let file: LogFile
    /// Where the first line begins that was not read, and up to where no line ended behind that.
    let offset: Int64
    let examined: Int64
    let marks: FileMarks

    enum State {
        case unchanged
        case changed
        /// It bears no name any more: compressed, or removed. Its room on the disk is to be given back.
        case gone
    }

    var state: State {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.st_nlink > 0 else { return .gone }
        return Int64(status.st_size) == examined ? .unchanged : .changed
    }

    var saved: SavedPosition.FinishedFile {
        SavedPosition.FinishedFile(inode: file.identity.inode, offset: offset, examined: examined, marks: marks)
    }
}

extension Follower {
    /// Opens again, after a restart, what was left.
    mutating func findLeft() {
        guard let finished = saved?.finished, !finished.isEmpty else { return }
        for other in names.files() where !other.isCompressed && other.identity != position?.file {
            guard let known = finished.first(where: { $0.inode == other.identity.inode }), let file = try? LogFile(other) else { continue }
            if (try? file.holds(known.marks, at: known.offset)) == true {
                left.append(LeftFile(file: file, offset: known.offset, examined: known.examined, marks: known.marks))
            } else {
                file.close()
            }
        }
    }

    /// Of dated names, at the very first start: what stands in the files of other dates is not read, what comes is.
    mutating func leaveOthers() {
        guard names.isDated else { return }
        let others = names.files().filter { !$0.isCompressed && $0.identity != position?.file }
        horizon = others.dropLast(SavedPosition.maximumFinished).last?.path.lastComponent?.string ?? ""
        for other in others.suffix(SavedPosition.maximumFinished) {
            guard let file = try? LogFile(other) else { continue }
            guard let marks = try? file.marks(at: other.size) else {
                file.close()
                continue
            }
            left.append(LeftFile(file: file, offset: other.size, examined: other.size, marks: marks))
        }
    }

    /// Puts the file that is read among those that were left; its descriptor goes with it.
    mutating func leave(at position: LogPosition) {
        guard let file else { return }
        self.file = nil
        let one = LeftFile(file: file, offset: position.offset, examined: position.examined, marks: marks)
        guard file.gzip == nil, !marks.head.isEmpty, one.state != .gone else { return file.close() }
        left.append(one)
        guard left.count > SavedPosition.maximumFinished else { return }
        let oldest = left.removeFirst()
        oldest.file.close()
        if names.isDated { horizon = max(horizon, oldest.file.path.lastComponent?.string ?? "") }
    }

    /// The one among those that were left in which somebody has written.
    mutating func changedLeft() -> FileIdentity? {
        left.removeAll { one in
            guard one.state == .gone else { return false }
            one.file.close()
            return true
        }
        return left.first { $0.state == .changed }?.file.identity
    }

    /// A dated file that was not there before, and bears an earlier date than the one that is read.
    func newEarlier(than file: LogFile, _ files: [LogNames.File]) -> LogNames.File? {
        guard names.isDated else { return nil }
        return files.first { other in
            !other.isCompressed && other.size > 0 && other.path.string < file.path.string
                && (other.path.lastComponent?.string ?? "") > horizon && !left.contains { $0.file.identity == other.identity }
        }
    }
}
