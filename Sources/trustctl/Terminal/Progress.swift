import Glibc

/// What trustctl tells people while it works, on standard error.
enum Progress {
    /// A line for somebody who waits; programs see nothing of it.
    static func say(_ text: String) {
        guard isatty(STDERR_FILENO) != 0 else { return }
        note(text)
    }

    /// A line that everybody must see.
    static func note(_ text: String) {
        let line = Array("trustctl: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
