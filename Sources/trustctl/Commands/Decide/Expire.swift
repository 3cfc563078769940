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
            known stays. trustctl-expire.timer does it every ten minutes once it is enabled. In a fleet only approvals that have ended are \
            removed.
            """)

    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let local = try LocalTrust(config: common.config)
        try Change(common, change).carryOut(.expiry(reason: change.reason, inFleet: local.isInFleet))
    }
}
