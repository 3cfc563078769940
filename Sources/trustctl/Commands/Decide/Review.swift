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
    @Option(
        help: ArgumentHelp(
            "In a fleet: wait so long after each decision until every relay has said that it is live; without a database not at all, unless "
                + "this is given.", valueName: "seconds"))
    var waitFleet: Int?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let waitFleet, !(0...86_400).contains(waitFleet) { throw ValidationError("--wait-fleet takes 0 to 86400 seconds") }
        guard !common.json else { throw ValidationError("review talks to a person: it has no --json") }
    }

    func run() throws {
        guard TerminalInput.isThere, Style(for: STDERR_FILENO).columns != nil else {
            throw Failure("there is no terminal to ask on; nothing has changed", .usage, hint: "`trustctl list`, then approve or deny")
        }
        let local = try LocalTrust(config: common.config, progress: Terminal.progress)
        let choice = keys.fleet(waiting: waitFleet)
        try choice.requireRight(local)
        // Before the first card is read: without a key nothing could be decided.
        try choice.requireKey(local)
        var reviewing = Reviewing(local, filter: keys.filter, readsBack: keys.readBack, waiting: keys.lock.wait, choice)
        try reviewing.run()
    }
}
