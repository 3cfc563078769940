import ArgumentParser
import Glibc
import Host
import Trust

struct Review: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Shows the pending certificates one by one, and decides each by a key.",
        discussion: "The newest comes first. Each decision is made at once, as by the command of its name, and can be undone.")

    @OptionGroup var keys: KeyOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !common.json else { throw ValidationError("review talks to a person: it has no --json") }
    }

    func run() throws {
        guard TerminalInput.isThere, Style(for: STDERR_FILENO).columns != nil else {
            throw Failure("there is no terminal to ask on; nothing has changed", .usage, hint: "`trustctl list`, then approve or deny")
        }
        let local = try LocalTrust(config: common.config, progress: Terminal.progress)
        try local.checkMayChange()
        // Before the first card is read: without a key nothing could be decided.
        try keys.fleet.requireKey(local)
        var reviewing = Reviewing(
            local, filter: keys.filter, readsBack: keys.readBack, waiting: keys.lock.wait, keys.fleet)
        try reviewing.run()
    }
}
