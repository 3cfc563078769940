package import SystemPackage

/// The path of a log as it is configured: a plain one, or one whose file name holds `%D` (yyyymmdd) or `%M` (yyyymm) once, as in Exim's
/// `log_file_path`.
package struct LogPattern: Hashable, Sendable {
    package let path: FilePath
    package let folder: FilePath
    /// What comes before and behind the date in the file's name. For a plain path `before` is the whole name.
    package let before: String
    package let after: String
    /// Digits of the date; nil for a plain path.
    package let dateDigits: Int?

    /// Nil when a `%` stands where Exim would put no date, or a date would stand in the folder's name.
    package init?(_ path: FilePath) {
        guard let name = path.lastComponent?.string else { return nil }
        self.path = path
        folder = path.removingLastComponent()
        guard !folder.string.contains("%") else { return nil }
        let parts = name.split(separator: "%", omittingEmptySubsequences: false)
        before = String(parts[0])
        guard parts.count > 1 else {
            (after, dateDigits) = ("", nil)
            return
        }
        guard parts.count == 2, let letter = parts[1].first, letter == "D" || letter == "M" else { return nil }
        after = String(parts[1].dropFirst())
        dateDigits = letter == "D" ? 8 : 6
    }

    /// The date in the name of a file that was written under this pattern; nil for any other name, and for a plain path.
    package func date(in name: some StringProtocol) -> String? {
        guard let dateDigits, name.hasPrefix(before), name.hasSuffix(after),
            name.utf8.count == before.utf8.count + dateDigits + after.utf8.count
        else { return nil }
        let date = name.dropFirst(before.count).prefix(dateDigits)
        return date.utf8.count == dateDigits && date.utf8.allSatisfy(\.isDigit) ? String(date) : nil
    }
}
