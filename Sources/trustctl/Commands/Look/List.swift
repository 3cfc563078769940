import ArgumentParser
import EximControl

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the certificates that wait for a decision, or those that were decided.",
        discussion: "Needs neither Exim nor root; members of group trustd may look.")

    @Option(help: "Which ones: pending, approved, denied, revoked, or all but the revoked ones.")
    var state = Listing.Wanted.pending

    @OptionGroup var common: CommonOptions

    func run() throws { try Listing(wanted: state, json: common.json, config: common.config).show() }
}

extension Listing.Wanted: ExpressibleByArgument {}
