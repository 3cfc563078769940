import ArgumentParser
import TrustCore

struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Takes the trust from certificates: removes them from the trust list and reloads Exim.",
        discussion: "Sessions that are open already keep the old list until they end.")

    @Argument(help: fingerprintHelp) var fingerprints: [String]
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Change(session: try Session(config: common.config), action: .revoke, common: common, options: change) {
            register throws(Failure) in
            var wanted: [Fingerprint] = []
            for text in fingerprints { wanted.append(try FingerprintReference.resolve(text, in: register)) }
            // One that was denied before somebody approved it by hand is again what it was: denied.
            return wanted.uniqued().filter { register[$0].state == .approved }.map {
                TrustPlan.Wish(fingerprint: $0, after: register.denied.contains($0) ? .denied : .none)
            }
        }.run()
    }
}
