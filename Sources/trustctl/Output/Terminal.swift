import Glibc
import Host
import Trust

/// What trustctl tells people while it works, on standard error.
enum Terminal {
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

    /// For what works below the commands.
    static var progress: Progress { Progress(say: { say($0) }, note: { note($0) }, wait: { note($0) }) }

    /// The same for a command whose output a program reads.
    static func progress(json: Bool) -> Progress {
        json ? Progress(say: { say($0) }, note: { note($0) }, wait: { say($0) }) : progress
    }
}

extension Register {
    /// For those who can do without the queue.
    func warnOfQueue() { queueFailure?.messages.forEach { Terminal.note("warning: the queue cannot be read: \($0)") } }
}
