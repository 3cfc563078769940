import ArgumentParser
import Testing

@testable import trustctl

@Suite("The plainest way to ask for a list")
struct ListingTests {
    @Test(
        "is understood as the parser of arguments understands it",
        arguments: [
            [], ["--json"], ["--state", "all"], ["--config", "/etc/x"], ["--json", "--state", "denied", "--config", "x"],
            ["--state", "approved", "--json", "--state", "pending"], ["--config", "a", "--config", "b"],
        ])
    func same(options: [String]) throws {
        let parsed = try List.parse(options)
        let listing = Listing(wanted: parsed.state, json: parsed.common.json, config: parsed.common.config)
        #expect(Listing(plain: ["list"] + options) == listing)
    }

    @Test(
        "everything else is left to the parser, mistakes too",
        arguments: [
            [], ["show"], ["--json", "list"], ["list", "--help"], ["list", "--state"], ["list", "--state", "none"],
            ["list", "--state=all"],
            ["list", "--config", "--json"], ["list", "x"], ["list", "--"], ["list", "--version"],
        ])
    func other(arguments: [String]) { #expect(Listing(plain: arguments) == nil) }
}
