import ArgumentParser
import EximControl

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the certificates that wait for a decision, or those that were decided.",
        discussion: "Needs neither Exim nor root; members of group trustd may look.")

    @Option(help: "Which ones: pending, approved, denied or all.")
    var state = Listing.Wanted.pending

    @OptionGroup var common: CommonOptions

    func run() throws { try Listing(wanted: state, json: common.json, config: common.config).show() }
}

extension Listing.Wanted: ExpressibleByArgument {}
