package import EximControl
package import TrustCore

extension Transaction {
    /// What the operator should know about a change that is done.
    package enum Note: Equatable {
        /// No daemon was told: the list takes effect when Exim starts, or when somebody else reloads it.
        case nobodyTold
        /// No daemon runs, and this starts Exim for each connection.
        case startedByOthers(String)
        /// This process could not be told, and trusts nobody who is no longer trusted.
        case notTold(UntoldExim)
        /// The same, and it still trusts some.
        case stillTrusting(StillTrusting)
        /// There is no Exim: the files are as planned, and nobody has checked them.
        case noExim
        /// A certificate that was approved before cannot relay.
        case altered(HashAlteration)
        /// Names among the CA's revoked clients count for nothing.
        case revokedUnseen(String)
        /// The journal stays, and the next command tries again.
        case notHandedOver(SystemError)
        case journalNotRemoved(SystemError)
        /// The file is empty. The journal stays too.
        case fileNotRemoved(SystemError)

        /// Whether it is about other processes than those that were told.
        var isAboutOthers: Bool { if case .notTold = self { true } else { false } }

        func text(_ configuration: Configuration) -> String {
            switch self {
            case .startedByOthers(let starter): "\(starter), so the change is in effect at once"
            case .notTold(let exim): exim.reason
            case .stillTrusting(let left):
                ([left.exim.reason] + left.fingerprints.map { "\($0) is STILL TRUSTED by it" }).joined(separator: "; ")
            case .nobodyTold where configuration.reload == .none: "reload = none: the change takes effect when Exim is reloaded"
            case .noExim: "no exim found: nobody has checked the files; an exim that is installed elsewhere must be restarted"
            case .nobodyTold: "Exim is not running: the change takes effect when it starts"
            case .altered(let alteration): "\(alteration); give that macro another name"
            case .revokedUnseen(let why): "\(why): one that the CA has issued is STILL TRUSTED; `trustctl doctor` says what to do"
            case .notHandedOver(let error): "exim has no certificate to hand over yet, and the next command tries again: \(error)"
            case .journalNotRemoved(let error): "the journal stays until the next command: \(error)"
            case .fileNotRemoved(let error): "a file is now empty and stays, with the journal, until the next command removes it: \(error)"
            }
        }
    }
}
