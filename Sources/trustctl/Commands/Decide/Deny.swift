import ArgumentParser
import Host
import Trust
import TrustCore

struct Deny: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny",
        abstract: "Denies certificates for good: they are not queued again, and an approved one is no longer trusted.")

    @Argument(help: fingerprintHelp) var fingerprints: [String]
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let request = Request(.deny, reason: change.reason) { register throws(Failure) in
            var wanted: [Fingerprint] = []
            for text in fingerprints { wanted.append(try FingerprintReference.resolve(text, in: register)) }
            return wanted.uniqued().map { TrustPlan.Wish(fingerprint: $0, after: .denied) }
        }
        try Change(common, change).carryOut(request)
    }
}
