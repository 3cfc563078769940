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
        let expiry = Request(.expire, reason: change.reason) { register throws(Failure) in
            try register.lookAtMany()
            return register.ended().map { TrustPlan.Wish(fingerprint: $0, after: register.isDenied($0) ? .denied : .none) }
        }
        try Change(common, change).carryOut(expiry)
    }
}
