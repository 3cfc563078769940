import ArgumentParser
import TrustCore

struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes the trust from certificates: removes them from the trust list and reloads Exim.",
        discussion: "Sessions that are open already keep the old list until they end.")

    @Argument(help: fingerprintHelp) var fingerprints: [String]
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Change(session: try Session(config: common.config), action: .revoke, common: common, options: change) {
            register throws(Failure) in
            var wishes: [TrustPlan.Wish] = []
            for text in fingerprints {
                let fingerprint = try FingerprintReference.resolve(text, in: register)
                if register[fingerprint].state == .approved { wishes.append(TrustPlan.Wish(fingerprint: fingerprint, after: .none)) }
            }
            return wishes
        }.run()
    }
}
