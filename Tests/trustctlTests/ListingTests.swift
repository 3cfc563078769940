import ArgumentParser
import Testing

@testable import trustctl

@Suite("The fast path of list")
struct ListingTests {
    @Test(
        "the fast path parses options as ArgumentParser does",
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
        "all other arguments, and mistakes, are left to ArgumentParser",
        arguments: [
            [], ["show"], ["--json", "list"], ["list", "--help"], ["list", "--state"], ["list", "--state", "none"],
            ["list", "--state=all"],
            ["list", "--config", "--json"], ["list", "x"], ["list", "--"], ["list", "--version"],
        ])
    func other(arguments: [String]) { #expect(Listing(plain: arguments) == nil) }
}
