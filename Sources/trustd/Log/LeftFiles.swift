import Glibc
import SystemPackage
import TrustCore

/// The files of a log that were read to their end and left for the next one, still open.
///
/// Somebody may write into one of them all the same: a process that was held up between looking at the log's name and writing, syslog that
/// was not told to open it anew, Exim itself when the clock is set back over midnight. An open file cannot be mistaken for another with its
/// inode.
struct LeftFiles {
    private var files: [LeftFile] = []
    /// See `SavedPosition.Log.horizon`.
    private(set) var horizon: String
    /// Files that were written again and returned to: each is reported once.
    private var reported: Set<FileIdentity> = []

    init(horizon: String) { self.horizon = horizon }

    var saved: [SavedPosition.FinishedFile] { files.map(\.saved) }

    func contains(_ identity: FileIdentity) -> Bool { files.contains { $0.file.identity == identity } }

    /// Opens again, after a restart, what was left before it; `current` is the file that is read.
    mutating func reopen(_ finished: [SavedPosition.FinishedFile], of names: LogNames, but current: FileIdentity) {
        guard !finished.isEmpty else { return }
        for other in names.files() where !other.isCompressed && other.identity != current {
            guard let known = finished.first(where: { $0.inode == other.identity.inode }), let file = try? LogFile(other),
                (try? file.holds(known.marks, at: known.offset)) == true
            else { continue }
            files.append(LeftFile(file: file, offset: known.offset, examined: known.examined, marks: known.marks))
        }
    }

    /// At the first start with dated names: what stands in the files of other dates is not read; what is written there later is.
    mutating func leaveOthers(of names: LogNames, but current: FileIdentity) {
        guard names.isDated else { return }
        let others = names.files().filter { !$0.isCompressed && $0.identity != current }
        horizon = Self.name(others.dropLast(SavedPosition.maximumFinished).last?.path)
        for other in others.suffix(SavedPosition.maximumFinished) {
            guard let file = try? LogFile(other), let marks = try? file.marks(at: other.size) else { continue }
            files.append(LeftFile(file: file, offset: other.size, examined: other.size, marks: marks))
        }
    }

    /// Puts the file that was read among those that were left.
    mutating func leave(_ open: OpenLog, of names: LogNames) {
        let one = LeftFile(file: open.file, offset: open.position.offset, examined: open.position.examined, marks: open.marks)
        guard open.file.gzip == nil, !open.isBlank, one.state != .gone else { return }
        files.append(one)
        guard files.count > SavedPosition.maximumFinished else { return }
        let oldest = files.removeFirst()
        if names.isDated { horizon = max(horizon, Self.name(oldest.file.path)) }
    }

    /// The one in which somebody has written since.
    mutating func changed() -> FileIdentity? {
        files.removeAll { $0.state == .gone }
        return files.first { $0.state == .changed }?.file.identity
    }

    /// The one that was left last.
    var latest: FileIdentity? { files.last?.file.identity }

    mutating func take(_ identity: FileIdentity) -> LeftFile? {
        files.firstIndex { $0.file.identity == identity }.map { files.remove(at: $0) }
    }

    /// Whether the return to this file is to be reported.
    mutating func isNews(_ identity: FileIdentity) -> Bool { reported.insert(identity).inserted }

    /// A dated file that was not there before, and has an earlier date than the file that is read.
    func newEarlier(than file: LogFile, among all: [LogNames.File]) -> LogNames.File? {
        all.first { other in
            !other.isCompressed && other.size > 0 && other.path.string < file.path.string && Self.name(other.path) > horizon
                && !contains(other.identity)
        }
    }

    private static func name(_ path: FilePath?) -> String { path?.lastComponent?.string ?? "" }
}

/// One of them.
struct LeftFile {
    let file: LogFile
    /// Where the first line begins that was not read; no line ended between there and `examined`.
    let offset: Int64
    let examined: Int64
    let marks: FileMarks

    enum State {
        case unchanged
        case changed
        /// It has no name any more, compressed or removed, and nothing was written into it since. It is closed, so that its room on the disk
        /// becomes free.
        case gone
    }

    var state: State {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { return .gone }
        if Int64(status.st_size) != examined { return .changed }
        return status.st_nlink > 0 ? .unchanged : .gone
    }

    var saved: SavedPosition.FinishedFile {
        SavedPosition.FinishedFile(inode: file.identity.inode, offset: offset, examined: examined, marks: marks)
    }
}
