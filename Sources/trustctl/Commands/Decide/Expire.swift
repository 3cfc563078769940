import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct Expire: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Removes approved certificates from the trust list whose time is over.",
        discussion: """
            First those whose approval has ended (`approve --until`): Exim knows nothing of such an end, so they relay until this is done. \
            Then those whose certificate ended more than a day ago: Exim refuses them already, so this is cleaning. One whose dates are not \
            known stays. trustctl-expire.timer does it every ten minutes once it is enabled. In a fleet it is one signed decision: at a \
            console, or with --sign-with. Without a signature a relay removes approvals that have ended, and nothing else.
            """)

    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func run() throws {
        let local = try LocalTrust(config: common.config)
        let isByClock = try local.isInFleet && !fleet.signsExpiry(on: local)
        try Change(common, change, fleet).carryOut(.expiry(reason: change.reason, onlyByClock: isByClock))
    }
}
