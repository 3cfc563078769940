import ArgumentParser
import Authority
import Host
import SystemPackage
import Trust
import TrustCore

struct Admit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admit",
        abstract: "Approves those who wait and have proved that they were invited, or renew an approved one.",
        discussion: """
            One round over the queue and the open invitations. trustctl-admit.timer runs it after `trustctl invite --detach`. Renewals are \
            approved where trustd.conf has `renew = same-key` or `signed`; trustctl-renewals.timer runs it hourly once it is enabled.
            """)

    @OptionGroup var common: CommonOptions

    /// What our CA has renewed; nothing where it may not without a person.
    private func issued(_ local: LocalTrust) throws(Failure) -> AuthorityRoundReport {
        let authority = OwnAuthority(local)
        guard local.configuration.renew.way.isAutomatic, authority.isThere, authority.obstacleToSigning == nil else {
            return AuthorityRoundReport([])
        }
        let reason = "renew = \(local.configuration.renew.way.rawValue) in \(local.file)"
        return AuthorityRoundReport(
            try AuthorityRound(local).run(days: AuthorityRenew.usualDays, reason: reason) { () throws(Failure) in
                try authority.signer(key: nil) { place throws(Failure) in throw Failure("\(place) needs its passphrase", .notSound) }
            })
    }

    func run() throws {
        let local = try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json))
        let results = try InvitationRound(Decider(local)).run()
        let renewals = try RenewalRound(Decider(local)).run()
        Terminal.show(InvitationReport.round(results, renewals, try issued(local)), json: common.json)
        let isOver: Bool
        do throws(SystemError) { isOver = try !local.invitations.content().items.contains { $0.isOpen() } } catch { throw Failure(error) }
        // Nobody is left to be admitted. A timer that goes on does no harm.
        if isOver { HostUnit.admit.stop(local) }
    }
}
