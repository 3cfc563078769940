import EximControl
import Host
import TrustCore

/// A process that trusts certificates which are no longer trusted, because it could not be told.
package struct StillTrusting: Equatable {
    let exim: UntoldExim
    /// Empty when it cannot be told which.
    let fingerprints: [Fingerprint]
}

extension Failure {
    /// A change that takes trust away is live and in the ledger, but not with everybody. `notes` is what the operator should know besides.
    init(_ left: [StillTrusting], notes: [String]) {
        var messages = ["stuck: the change is live and in the ledger, but not everywhere"]
        for one in left {
            messages.append(one.exim.reason)
            messages += one.fingerprints.map { "\($0) is STILL TRUSTED by exim (process \(one.exim.pid))" }
            if one.fingerprints.isEmpty {
                messages.append("what was revoked may be STILL TRUSTED by exim (process \(one.exim.pid)): its memory cannot be read")
            }
        }
        self.init(messages: messages + notes.map { "warning: \($0)" }, hint: left.first?.exim.hint, exit: .stuck)
        isLive = true
    }
}
