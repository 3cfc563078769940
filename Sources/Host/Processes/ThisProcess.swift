import Glibc

/// trustctl's own environment, which comes from whoever called it.
package enum OwnEnvironment {
    /// What we read: colours, the client's folder, who says to have called sudo, the journal, the shell that completions are for.
    private static let wanted: Set<String> = ["TERM", "NO_COLOR", "COLUMNS", "HOME", "SUDO_USER", "JOURNAL_STREAM", "SHELL"]

    /// Takes out what nothing of ours asks for.
    ///
    /// The attack: `su` and `sudo -E` take variables of another user's along. The loader drops its own there (`LD_*`) and not those of the
    /// libraries: with OPENSSL_CONF root would load that user's code, with DBUS_SYSTEM_BUS_ADDRESS believe his bus.
    package static func clear() {
        var names: [String] = []
        var variable = environ
        while let text = variable.pointee {
            names.append(String(String(cString: text).prefix { $0 != "=" }))
            variable += 1
        }
        for name in names where !wanted.contains(name) { unsetenv(name) }
    }
}

/// Signals that a terminal or a broken pipe sends.
package enum Signals {
    /// Runs `body` to its end whatever is typed: Ctrl-C in the middle of a change would leave a certificate trusted that the ledger does
    /// not know of, until the next command. What nobody can hold off, the journal is for.
    package static func heldOff<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP]
        let before = numbers.map { signal($0, SIG_IGN) }
        defer { for (number, handler) in zip(numbers, before) { signal(number, handler) } }
        return try body()
    }
}
