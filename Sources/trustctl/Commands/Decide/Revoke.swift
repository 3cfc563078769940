import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Stops trusting certificates: removes them from the trust list and reloads Exim.",
        discussion: """
            Sessions that are already open keep the old list until they end; the command says how many there are. --disconnect ends those \
            from addresses where the certificate was seen, even when it was revoked before.
            """)

    @Argument(help: fingerprintHelp, completion: Candidates.approved) var fingerprints: [String]
    @Flag(help: "End Exim's connections from addresses where the certificate was seen.") var disconnect = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        var request = Request(.revoke, reason: change.reason) { register throws(Failure) in
            // One that was denied before somebody approved it by hand is again what it was: denied.
            try named(in: register).filter { register[$0].state == .approved }.map {
                TrustPlan.Wish(fingerprint: $0, after: register.isDenied($0) ? .denied : .none)
            }
        }
        if disconnect { request.ending = { register throws(Failure) in try named(in: register) } }
        try Change(common, change).carryOut(request)
    }

    private func named(in register: Register) throws(Failure) -> [Fingerprint] {
        try FingerprintReference.resolve(fingerprints, in: register)
    }
}
