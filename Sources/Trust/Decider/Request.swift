import Certificates
import Host
package import TrustCore

/// What somebody wants decided about certificates: an operator at a terminal, a timer, an agent.
package struct Request {
    package let action: Decision.Action
    /// Kept in the ledger.
    package let reason: String?
    /// The number of the decision that is taken back.
    package var undoes: Int?
    /// The name of the invitation by which it is approved, and which admits nobody else then.
    package var invitation: String?
    /// The approved one that it renews without a person.
    var renews: Fingerprint?
    /// Whether a CA:TRUE certificate may be installed in a directory that other programs trust.
    package var allowsCA = false
    /// Whether one comes in the place of another, which is no longer trusted.
    package var replaces = false
    /// Whether one question is enough for all, which were chosen by a rule and not one by one.
    package var asksOnce = false
    /// What the operator should know before he agrees, besides what the certificates say.
    package var cautions: ((Register) -> [String])?
    /// The fleet's decisions that it makes so.
    package var fleet: (([Fingerprint], Register) -> FleetSigning)?
    /// Whether it is for this relay alone, where the relay belongs to a fleet.
    package var isLocal = false
    /// The keys that the fleet's decisions bar here, and those that they bar no longer.
    package var fleetKeys: ((Register) -> KeyEdit)?
    /// Whether the keys of those that are revoked are denied too.
    package var deniesKeys = false
    /// The certificates whose trust is meant to be gone, those that lost it earlier too; given what is known.
    package var named: Register.Reading<[Fingerprint]>?
    /// Whether open connections of those that are `named` are ended.
    package var endsConnections = false
    /// Whether their mail that waits is frozen.
    package var holdsMail = false
    /// What each certificate should become, given what is known. Called when it is proposed, and again under the lock.
    let wishes: Register.Reading<[TrustPlan.Wish]>

    package init(_ action: Decision.Action, reason: String?, wishes: @escaping Register.Reading<[TrustPlan.Wish]>) {
        self.action = action
        self.reason = reason
        self.wishes = wishes
    }

    /// Whether it could take trust from somebody.
    var mayTakeTrustAway: Bool { replaces || ![.approve, .forget, .import].contains(action) }

    /// The keys that `plan` denies, or allows again because it takes back the decision that denied them.
    func keys(_ plan: TrustPlan, _ register: Register) throws(Failure) -> KeyEdit? {
        func keys(_ isMeant: (Decision.Subject) -> Bool) -> [String] {
            Set(plan.decision.subjects.filter(isMeant).compactMap { register[$0.fingerprint].outline?.spkiSHA256 }).sorted()
        }
        var edit = KeyEdit()
        // Where trust is by a CA, what it has issued was never approved here.
        if action == .revoke, deniesKeys { edit.deny = keys { $0.after != .approved }.filter { !register.deniedKeys.holds($0) } }
        if action == .undo, let undoes, try register.decided(undoes)?.action == .revoke {
            edit.allow = keys { $0.after != .denied }.filter(register.deniedKeys.holds)
        }
        return edit.isEmpty ? nil : edit
    }
}
