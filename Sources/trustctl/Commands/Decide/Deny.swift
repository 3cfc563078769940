import ArgumentParser
import Host
import Trust
import TrustCore

struct Deny: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny",
        abstract: "Denies certificates for good: they are not queued again, and an approved one is no longer trusted.")

    @Argument(help: fingerprintHelp, completion: Candidates.waiting) var fingerprints: [String]
    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Change(common, change, fleet).carryOut(Self.request(fingerprints, reason: change.reason))
    }

    static func request(_ fingerprints: [String], reason: String?) -> Request {
        Request(.deny, reason: reason) { register throws(Failure) in
            try FingerprintReference.resolve(fingerprints, in: register).map { TrustPlan.Wish(fingerprint: $0, after: .denied) }
        }
    }
}
