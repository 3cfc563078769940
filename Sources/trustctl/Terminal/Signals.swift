import Glibc

/// Signals that a terminal or a broken pipe sends.
enum Signals {
    /// Runs `body` to its end whatever is typed: Ctrl-C in the middle of a change would leave a certificate trusted that the ledger does
    /// not know of, until the next command. What nobody can hold off, the journal is for.
    static func heldOff<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP]
        let before = numbers.map { signal($0, SIG_IGN) }
        defer { for (number, handler) in zip(numbers, before) { signal(number, handler) } }
        return try body()
    }
}
