import ArgumentParser
import Authority
import Host
import Trust
import TrustCore

struct AuthorityRenew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Issues the next certificate to clients that ask for it with the key of their last one.",
        discussion: """
            Who waits and has signed itself with a key to which the CA has issued a certificate gets the next one, if the last one is in force, \
            not revoked, without an end of its approval, near its end (renew_window), and none was issued to the key for a day. Of all others \
            it says why a person must decide, with `ca sign`. `admit` does the same where trustd.conf has `renew = same-key` or `signed`.
            """)

    /// As long as those of `ca sign`.
    static let usualDays = 90

    @Option(help: ArgumentHelp("How many days they are valid.", valueName: "days")) var days = Self.usualDays
    @Option(help: ArgumentHelp("The reason; kept in the ledger.", valueName: "text")) var reason: String?
    @OptionGroup var key: AuthorityKeyOptions
    @OptionGroup var lock: LockOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...SigningOrder.longest).contains(days) else { throw ValidationError("--days takes 1 to \(SigningOrder.longest)") }
        if let reason, reason.utf8.count > 1_000 { throw ValidationError("--reason takes at most 1000 bytes") }
    }

    func run() throws {
        let local = try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
        try local.checkMayChange()
        let authority = OwnAuthority(local)
        let results = try AuthorityRound(local).run(days: days, reason: reason, waiting: lock.wait) { () throws(Failure) in
            try key.signer(authority)
        }
        Terminal.show(AuthorityRoundReport(results).answer, json: common.json)
    }
}
