import Glibc
import TrustCore

/// A command on a real terminal emulator, tmux(1): what a person sees on a screen of this size, and keys that are pressed there.
package final class TerminalScreen {
    private let socket: String
    private let title: String
    /// Where the exit status stands when the program has ended. tmux itself knows it only sometimes.
    private let status: String

    /// `environment` is added to the usual one, which names a terminal with colours.
    package init(
        _ command: [String], columns: Int = 80, rows: Int = 24, environment: [String: String] = [:], in folder: SceneFolder
    ) throws {
        socket = folder("tmux.\(UInt32.random(in: 0...UInt32.max))")
        status = "\(socket).status"
        title = command.joined(separator: " ")
        // What a command has written stays on the screen when it has ended.
        try folder.write(
            "tmux.conf", "set -g remain-on-exit on\nset -g remain-on-exit-format ''\nset -g status off\nset -g history-limit 20000\n")
        let settings = ["TERM": "xterm-256color"].merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        try tmux(
            ["-f", folder("tmux.conf"), "new-session", "-d", "-s", "screen", "-x", "\(columns)", "-y", "\(rows)", "env"] + settings
                + ["sh", "-c", Self.script, "sh", status] + command)
    }

    /// At the end the pane gets a title: when tmux knows it, all that was written before is on the screen.
    private static let script =
        #"status=$1; shift; "$@"; code=$?; printf '\033]2;\#(endTitle)\007'; echo $code >"$status.new"; mv "$status.new" "$status""#
    private static let endTitle = "ended"

    /// Runs `command` to its end.
    package static func run(
        _ command: [String], columns: Int = 80, rows: Int = 24, environment: [String: String] = [:], in folder: SceneFolder
    ) throws -> (lines: [String], exitCode: Int32) {
        let screen = try TerminalScreen(command, columns: columns, rows: rows, environment: environment, in: folder)
        let code = try screen.waitForEnd()
        return (screen.everything, code)
    }

    deinit { _ = try? ProgramRun.run("tmux", ["-S", socket, "kill-server"]) }

    /// The rows of the screen, without blanks at their ends, and without empty rows at its end.
    package var rows: [String] { Self.trimmed((try? tmux(["capture-pane", "-p", "-t", "screen"])) ?? "") }
    /// The same with what has scrolled away.
    package var everything: [String] { Self.trimmed((try? tmux(["capture-pane", "-p", "-S", "-", "-t", "screen"])) ?? "") }
    /// All of it with the escape sequences of colours.
    package var coloured: String { (try? tmux(["capture-pane", "-e", "-p", "-S", "-", "-t", "screen"])) ?? "" }
    package var text: String { rows.joined(separator: "\n") }

    /// Types a text; a line end is the key Enter.
    package func type(_ text: String) throws {
        for (index, part) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { try press("Enter") }
            if !part.isEmpty { try tmux(["send-keys", "-l", "-t", "screen", String(part)]) }
        }
    }

    /// A key by tmux's name: `Enter`, `C-c`, `Up`.
    package func press(_ key: String) throws { try tmux(["send-keys", "-t", "screen", key]) }

    /// Pastes as a terminal does: all at once, and marked as pasted where the program has asked for that.
    package func paste(_ text: String) throws {
        try tmux(["set-buffer", text])
        try tmux(["paste-buffer", "-p", "-r", "-t", "screen"])
    }

    /// Whether a program has taken the whole screen, and what stood on it comes back when it gives it back.
    package var isTaken: Bool { ((try? tmux(["display-message", "-p", "-t", "screen", "#{alternate_on}"])) ?? "").hasPrefix("1") }
    package var showsCursor: Bool { ((try? tmux(["display-message", "-p", "-t", "screen", "#{cursor_flag}"])) ?? "").hasPrefix("1") }

    package func resize(columns: Int, rows: Int) throws {
        try tmux(["resize-window", "-t", "screen", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// The terminal goes away, as when a connection breaks: the program gets SIGHUP, and can neither read nor write.
    package func hangUp() throws { try tmux(["kill-session", "-t", "screen"]) }

    /// Waits until the last row that is not empty ends with `end`.
    package func waitForPrompt(_ end: String) throws {
        try waitUntil("`\(title)` asks “\(end)”; it shows:\n\(text)") {
            if self.rows.last?.hasSuffix(end) ?? false { return true }
            if self.hasEnded != nil { throw NothingCame(description: "`\(self.title)` has ended without asking “\(end)”:\n\(self.text)") }
            return false
        }
    }

    package func waitFor(_ wanted: String) throws {
        try waitUntil("`\(title)` shows “\(wanted)”") { self.everything.contains { $0.contains(wanted) } }
    }

    /// Waits for the end of the program, and gives its exit status.
    package func waitForEnd() throws -> Int32 {
        try waitUntil("`\(title)` ends; it shows:\n\(text)", within: .seconds(180)) { self.hasEnded != nil }
        // Without a session it was hung up, and there is no screen.
        try waitUntil("what `\(title)` has written is on the screen") {
            (try? tmux(["display-message", "-p", "-t", "screen", "#{pane_title}"])).map { $0.hasPrefix(Self.endTitle) } ?? true
        }
        return hasEnded ?? -1
    }

    private var hasEnded: Int32? { (try? File.read(status)).flatMap { Int32($0.trimmed.filter(\.isNumber)) } }

    @discardableResult
    private func tmux(_ arguments: [String]) throws -> String {
        let outcome = try ProgramRun.run("tmux", ["-u", "-S", socket] + arguments)
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        return outcome.output
    }

    private static func trimmed(_ text: String) -> [String] {
        var rows = text.split(separator: "\n", omittingEmptySubsequences: false).map { row -> String in
            var row = row
            while row.hasSuffix(" ") { row.removeLast() }
            return String(row)
        }
        while rows.last?.isEmpty == true { rows.removeLast() }
        return rows
    }
}
