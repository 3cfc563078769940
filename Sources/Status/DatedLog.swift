import Glibc
import SystemPackage
import TrustCore

/// The files of a log that has a date in its name (`%D` or `%M`).
struct DatedLog {
    private let folder: String
    private let before: Substring
    private let after: Substring
    private let digits: Int

    /// Nil for a plain name.
    init?(_ pattern: String) {
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, let mark = name.firstIndex(of: "%") else { return nil }
        folder = parts.dropLast().joined(separator: "/")
        before = name[..<mark]
        let rest = name[name.index(after: mark)...]
        guard let letter = rest.first, letter == "D" || letter == "M" else { return nil }
        digits = letter == "D" ? 8 : 6
        after = rest.dropFirst()
    }

    /// Number of bytes in the files with later dates than `file`.
    func sizes(after file: String) -> UInt64 {
        let read = file.split(separator: "/").last ?? ""
        let names = (try? Folder(FilePath(folder), followingLink: true).names()) ?? []
        return names.filter { name in
            name.hasPrefix(before) && name.hasSuffix(after) && name.utf8.count == before.utf8.count + digits + after.utf8.count
                && name.dropFirst(before.count).prefix(digits).allSatisfy(\.isNumber) && name > read
        }.reduce(0) { sum, name in
            var status = stat()
            guard stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return sum }
            return sum + UInt64(max(0, status.st_size))
        }
    }
}
