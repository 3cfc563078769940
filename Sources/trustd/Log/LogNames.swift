import Glibc
import SystemPackage
import TrustCore

/// The files that one configured log has been written into, by name.
///
/// A plain name is rotated away: `mainlog` to `mainlog.1` (logrotate), `mainlog.01` (exicyclog) or `mainlog-20261121` (dateext). A dated
/// one (`mainlog-%D`, `%M`) is followed by the next date's.
struct LogNames: Equatable {
    /// As configured; also the log's name in the queue's entries and in the saved position.
    let pattern: FilePath
    let folder: FilePath
    private let before: String
    private let after: String
    /// Digits of the date in the name; nil for a plain name.
    private let dateDigits: Int?

    /// A file of the log that exists.
    struct File: Equatable {
        let path: FilePath
        let identity: FileIdentity
        let size: Int64
        /// Nanoseconds; gzip keeps what the file had before.
        let modified: Int64

        var isCompressed: Bool { LogNames.isCompressed(path) }

        /// Whether it may hold so many bytes.
        func reaches(_ offset: Int64) -> Bool { isCompressed || size >= offset }
    }

    private static let gzip = ".gz"

    static func isCompressed(_ path: FilePath) -> Bool { path.lastComponent?.string.hasSuffix(gzip) == true }

    /// Nil when `%` stands where Exim would put no date, or a date stands in the folder's name.
    init?(_ pattern: FilePath) {
        guard let name = pattern.lastComponent?.string else { return nil }
        self.pattern = pattern
        folder = pattern.removingLastComponent()
        guard !folder.string.contains("%") else { return nil }
        let parts = name.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        before = String(parts[0])
        guard parts.count == 2 else {
            (after, dateDigits) = ("", nil)
            return
        }
        guard let letter = parts[1].first, letter == "D" || letter == "M", !parts[1].contains("%") else { return nil }
        after = String(parts[1].dropFirst())
        dateDigits = letter == "D" ? 8 : 6
    }

    /// The file that Exim writes into now, as far as names tell; nil when there is none.
    func current() -> File? {
        dateDigits == nil ? file(pattern, following: true) : dated().last { !$0.isCompressed }
    }

    /// Why there is no current file: it is not there, or we may not even look.
    func whyMissing() -> SystemError {
        var status = stat()
        let found = dateDigits == nil ? stat(pattern.string, &status) : access(folder.string, R_OK | X_OK)
        return SystemError("open", pattern, code: found == 0 ? ENOENT : errno)
    }

    /// All files of the log that can be read on, in the order in which they were written; the current one last.
    ///
    /// Looked for until two looks agree: who lists a folder while it is rotated, or while gzip replaces a file, may see neither the old
    /// nor the new name of one, and would take its lines for lost.
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
        guard dateDigits == nil else { return dated() }
        // By time before name: a `mainlog.1` that another scheme of rotation left behind is old, whatever its name promises.
        var files = rotated().compactMap { file(folder.appending($0), following: false) }.enumerated()
            .sorted { ($0.element.modified, $0.offset) < ($1.element.modified, $1.offset) }.map(\.element)
        if let current = current() {
            // A link to a dated file: the same file twice.
            files.removeAll { $0.identity == current.identity }
            files.append(current)
        }
        return files
    }

    /// Those that are compressed in a way that is not read.
    func unreadable() -> [String] {
        names().filter { name in name.hasPrefix(before) && [".xz", ".bz2", ".zst"].contains { name.hasSuffix($0) } }.sorted()
    }

    /// Whether each date has a file of its own.
    var isDated: Bool { dateDigits != nil }

    /// Whether a file of that name can go on where `file` ended: a dated one only with a later date, however the clock was set back.
    func mayFollow(_ file: FilePath, _ next: FilePath) -> Bool { dateDigits == nil || next.string > file.string }

    /// Without the names of files that gzip is about to replace, or has replaced half: the one that is not compressed is whole.
    private func readable(_ names: [String]) -> [String] {
        let all = Set(names)
        return names.filter { !$0.hasSuffix(Self.gzip) || !all.contains(String($0.dropLast(Self.gzip.count))) }
    }

    private func dated() -> [File] {
        // Exim's zone may be another than ours, so that tomorrow is possible there; a name that lies further ahead is a wrong clock's.
        let limit = Timestamp(seconds: Timestamp.now.seconds + 86_400).day.filter { $0 != "-" }
        return readable(names()).compactMap { name -> (String, String)? in
            let plain = name.hasSuffix(Self.gzip) ? name.dropLast(Self.gzip.count) : name[...]
            guard plain.hasPrefix(before), plain.hasSuffix(after),
                plain.utf8.count == before.utf8.count + after.utf8.count + (dateDigits ?? 0)
            else { return nil }
            let date = name.dropFirst(before.count).prefix(dateDigits ?? 0)
            guard date.utf8.allSatisfy(\.isDigit), date <= limit.prefix(dateDigits ?? 0) else { return nil }
            return (String(date), name)
        }.sorted { $0.0 < $1.0 }.compactMap { file(folder.appending($0.1), following: true) }
    }

    /// Oldest first: dates upwards, then numbers downwards.
    private func rotated() -> [String] {
        let suffixes = readable(names()).compactMap { name -> (name: String, suffix: Substring)? in
            guard name.hasPrefix(before) else { return nil }
            let suffix = name.dropLast(name.hasSuffix(Self.gzip) ? Self.gzip.count : 0).dropFirst(before.count)
            let digits = suffix.dropFirst()
            guard suffix.first == "." || suffix.first == "-", !digits.isEmpty,
                digits.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "-") })
            else { return nil }
            return (name, digits)
        }
        let dates = suffixes.filter { $0.suffix.count >= 8 }.sorted { $0.suffix < $1.suffix }
        let numbers = suffixes.filter { $0.suffix.count < 8 }.sorted { (Int($0.suffix) ?? 0) > (Int($1.suffix) ?? 0) }
        return (dates + numbers).map(\.name)
    }

    private func names() -> [String] {
        guard let open = try? Folder(folder, followingLink: true) else { return [] }
        return (try? open.names()) ?? []
    }

    private func file(_ path: FilePath, following: Bool) -> File? {
        var status = stat()
        guard fstatat(AT_FDCWD, path.string, &status, following ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        // What is no regular file cannot be read, but if the log's own name means it, that has to be said: opening it does.
        guard status.st_mode & S_IFMT == S_IFREG || following else { return nil }
        return File(path: path, identity: FileIdentity(status), size: Int64(status.st_size), modified: status.modified)
    }
}
