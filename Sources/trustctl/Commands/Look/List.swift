import ArgumentParser
import EximControl

struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the certificates that wait for a decision, or those that were decided.",
        discussion: """
            On a terminal it is a table, the newest first; every command takes the 16 digits that it shows. Needs neither Exim nor root; \
            members of group trustd may look.
            """)

    @Option(help: "Which ones: pending, approved, denied, revoked, or all but the revoked ones.")
    var state = Listing.Wanted.pending

    @Flag(help: "Print whole fingerprints and whole sentences, a paragraph each, also on a terminal.")
    var long = false

    @OptionGroup var filter: ListFilter
    @OptionGroup var common: CommonOptions

    func run() throws { try Listing(wanted: state, isLong: long, json: common.json, config: common.config, filter: filter).show() }
}

extension Listing.Wanted: ExpressibleByArgument {}
