import Glibc
package import SystemPackage
package import TrustCore

/// The files into which one configured log was written, by name.
///
/// A plain log is rotated away: `mainlog` to `mainlog.1` (logrotate), `mainlog.01` (exicyclog) or `mainlog-20261121` (dateext). A dated one
/// (`mainlog-%D`, `%M`) continues in the file of the next date.
package struct LogNames: Equatable {
    /// When a line was written; nil when that cannot be told. From the reader of lines, which this target does not know.
    package typealias LineTime = @Sendable (ArraySlice<UInt8>) -> Timestamp?

    private let log: LogPattern
    /// Where rotation moves files to (logrotate's olddir); nil: they stay in the log's folder.
    private(set) var rotated: FilePath?
    let time: LineTime

    package static func == (left: LogNames, right: LogNames) -> Bool { left.log == right.log && left.rotated == right.rotated }

    /// A file of the log that exists.
    struct File: Equatable {
        let path: FilePath
        let identity: FileIdentity
        let size: Int64
        /// Nanoseconds since 1970; gzip keeps the time that the file had before.
        let modified: Int64

        var isCompressed: Bool { LogNames.isCompressed(path) }

        /// Whether it may hold so many bytes.
        func reaches(_ offset: Int64) -> Bool { isCompressed || size >= offset }
    }

    private static let gzip = ".gz"

    static func isCompressed(_ path: FilePath) -> Bool { path.lastComponent?.string.hasSuffix(gzip) == true }

    /// Nil for a path that is not a log's (`LogPattern`).
    package init?(_ path: FilePath, rotated: FilePath? = nil, time: @escaping LineTime = { _ in nil }) {
        guard let log = LogPattern(path) else { return nil }
        self.log = log
        self.rotated = rotated == log.folder ? nil : rotated
        self.time = time
    }

    /// The folders in which files of the log may be.
    private var folders: [FilePath] { [folder] + [rotated].compactMap { $0 } }

    /// Learns where rotation has moved `file` to, if that is another folder and its name there is one of the log's.
    mutating func learn(from file: LogFile) -> FilePath? {
        guard rotated == nil, !isDated, let path = file.pathNow, let name = path.lastComponent?.string else { return nil }
        let place = path.removingLastComponent()
        guard place != folder, RotatedNames.suffix(of: name, log.before) != nil || name == log.before else { return nil }
        rotated = place
        return place
    }

    /// As configured; also the log's name in the queue's entries and in the saved position.
    package var pattern: FilePath { log.path }
    var folder: FilePath { log.folder }
    /// Whether each date has a file of its own.
    var isDated: Bool { log.dateDigits != nil }

    /// The file that Exim writes into now, as far as names tell; nil when there is none.
    func current() -> File? {
        !isDated ? file(pattern, following: true) : dated().last { !$0.isCompressed }
    }

    /// Why there is no current file: it does not exist, or we are not permitted to look.
    func whyMissing() -> SystemError {
        var status = stat()
        let found = !isDated ? stat(pattern.string, &status) : access(folder.string, R_OK | X_OK)
        return SystemError("open", pattern, code: found == 0 ? ENOENT : errno)
    }

    /// All readable files of the log, in the order in which they were written; the current one last.
    ///
    /// The folder is listed until two lists agree: while files are rotated, or gzip replaces one, a list may hold neither the old nor the
    /// new name of a file, and its lines would pass for lost.
    func files() -> [File] {
        var found = filesOnce()
        for _ in 0..<20 {
            let again = filesOnce()
            if Self.areSame(again, found) { return again }
            found = again
            usleep(5_000)
        }
        return found
    }

    /// Whether two lists name the same files, whatever has been written into them.
    static func areSame(_ one: [File], _ other: [File]) -> Bool {
        one.map(\.identity) == other.map(\.identity) && one.map(\.path) == other.map(\.path)
    }

    private func filesOnce() -> [File] {
        guard !isDated else { return dated() }
        var files = RotatedNames(
            folders.flatMap { place in readable(names(in: place).filter { $0.hasPrefix(log.before) }).map { place.appending($0) } },
            of: log.before
        )
        .series.map { $0.compactMap { file($0, following: false) } }.merged(by: beginning)
        if let current = current() {
            // A link to a dated file: the same file twice.
            files.removeAll { $0.identity == current.identity }
            files.append(current)
        }
        return files
    }

    /// Names of files that are compressed in a form that cannot be read.
    func unreadable() -> [String] {
        folders.flatMap { names(in: $0) }
            .filter { name in name.hasPrefix(log.before) && [".xz", ".bz2", ".zst"].contains { name.hasSuffix($0) } }.sorted()
    }

    /// When the first line of a file was written.
    func beginning(of file: File) -> Timestamp? {
        guard let open = try? LogFile(file), let bytes = try? open.bytes(at: 0, count: LineLength.maximum) else { return nil }
        return bytes.split(separator: 0x0A).prefix(Self.lines).lazy.compactMap { time($0) }.first
    }

    /// When the last line before `offset` was written.
    func end(of file: LogFile, at offset: Int64) -> Timestamp? {
        let start = max(0, offset - Int64(LineLength.maximum))
        guard let bytes = try? file.bytes(at: start, count: Int(offset - start)) else { return nil }
        return bytes.split(separator: 0x0A).suffix(Self.lines).reversed().lazy.compactMap { time($0) }.first
    }

    /// Lines that are looked at for a time.
    private static let lines = 50

    /// Whether the log can go on in `next` where `file` ended: a dated log only with a later date.
    func mayFollow(_ file: FilePath, _ next: FilePath) -> Bool { !isDated || next.string > file.string }

    /// Without the names that gzip is about to replace, or has written only half: where both forms exist, the uncompressed one is whole.
    private func readable(_ names: [String]) -> [String] {
        let all = Set(names)
        return names.filter { !$0.hasSuffix(Self.gzip) || !all.contains(String(Self.uncompressed($0))) }
    }

    static func uncompressed(_ name: String) -> Substring { name.hasSuffix(gzip) ? name.dropLast(gzip.count) : name[...] }

    private func dated() -> [File] {
        // Exim's zone may be ahead of ours, so tomorrow's date is possible; a later one comes from a wrong clock.
        let limit = Timestamp(seconds: Timestamp.now.seconds + 86_400).day.filter { $0 != "-" }.prefix(log.dateDigits ?? 0)
        return readable(names(in: folder)).compactMap { name -> (date: String, name: String)? in
            guard let date = log.date(in: Self.uncompressed(name)), date <= limit else { return nil }
            return (date, name)
        }.sorted { $0.date < $1.date }.compactMap { file(folder.appending($0.name), following: true) }
    }

    private func names(in place: FilePath) -> [String] {
        guard let open = try? Folder(place, followingLink: true) else { return [] }
        return (try? open.names()) ?? []
    }

    private func file(_ path: FilePath, following: Bool) -> File? {
        var status = stat()
        guard fstatat(AT_FDCWD, path.string, &status, following ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        // Anything but a regular file is left out, unless it has the log's own name: opening it then reports why it cannot be read.
        guard status.st_mode & S_IFMT == S_IFREG || following else { return nil }
        return File(path: path, identity: FileIdentity(status), size: Int64(status.st_size), modified: status.modified)
    }
}
