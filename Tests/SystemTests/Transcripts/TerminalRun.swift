import Glibc
import TrustTestSupport

/// A command on a terminal of its own, whose questions are answered as a person would.
struct TerminalRun {
    /// What the terminal shows in the end, without blank lines behind it.
    let lines: [String]

    /// How the commands ask.
    private static let prompts = ["[y/N] ", "q quit: ", "(Enter for none): ", readBack]
    private static let readBack = "as the owner reads them: "

    /// `answers` are typed one by one, whenever the command asks; after the last one, the end of the input. What is asked to be read back is
    /// answered by `owner`, who is given what the terminal shows.
    init(_ program: String, _ arguments: [String], answers: [String], owner: (String) -> String?) throws {
        let (master, terminal) = try Self.openTerminal()
        defer {
            close(master)
            close(terminal)
        }
        let run = try ProgramRun(starting: program, arguments, streams: (terminal, terminal))

        var shown: [UInt8] = []
        var answered = 0
        var answers = answers[...]
        try waitUntil("`\(arguments.last ?? program)` ends", within: .seconds(180)) {
            // Asked before it is heard: what it says last is in the terminal when it has ended.
            let hasEnded = !run.isRunning
            Self.hear(master, &shown)
            let text = String(decoding: shown, as: UTF8.self)
            let asked = text.matches(of: #/\[y/N\] |q quit: |\(Enter for none\): |as the owner reads them: /#).count
            if asked > answered, Self.prompts.contains(where: text.hasSuffix) {
                answered = asked
                let answer = text.hasSuffix(Self.readBack) ? owner(text) : answers.popFirst()
                Self.type(answer.map { $0 + "\n" } ?? "\u{4}", master)
            }
            return hasEnded
        }
        try run.wait()
        var lines = String(decoding: shown, as: UTF8.self).split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        while lines.last?.isEmpty == true { lines.removeLast() }
        // Where Enter alone was the answer.
        self.lines = lines.map { $0.hasSuffix("(Enter for none): ") ? String($0.dropLast()) : String($0) }
    }

    /// ptmx(4): Swift's Glibc has no posix_openpt(3).
    private static func openTerminal() throws -> (master: CInt, terminal: CInt) {
        let (unlock, peer): (UInt, UInt) = (0x4004_5431, 0x5441)
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var locked: CInt = 0
        guard master >= 0, ioctl(master, unlock, &locked) == 0 else { throw NothingCame(description: "no pseudo-terminal") }
        let terminal = ioctl(master, peer, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard terminal >= 0 else { throw NothingCame(description: "no pseudo-terminal") }
        return (master, terminal)
    }

    private static func hear(_ master: CInt, _ shown: inout [UInt8]) {
        var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while poll(&waiting, 1, 5) > 0 {
            let count = read(master, &buffer, buffer.count)
            guard count > 0 else { return }
            shown += buffer[..<count]
        }
    }

    private static func type(_ text: String, _ master: CInt) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }
}
