import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct Expire: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Removes approved certificates from the trust list that ended more than a day ago.",
        discussion: """
            Exim refuses them already, so this is cleaning. One whose dates are not known stays. trustctl-expire.timer does it daily once it \
            is enabled.
            """)

    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        try Change(common, change).carryOut(.expiry(reason: change.reason))
    }
}
