package import EximControl
import FoundationEssentials
package import Host
import SystemPackage
package import Trust

extension TrustPlan {
    /// The transaction of a setup; nil when there is nothing to do. `record` is the file of its record as it is now, `trust` the way of trust
    /// afterwards, nil where it does not change. `approved` fills or removes the folder of a list whose form changes, `revoked` that of a CA's
    /// revoked clients. `trusted` is called only when there is something to do. Exim's group, `keyGroup`, may read a key.
    ///
    /// The record is written before the files when something is made, and after them when it is taken back: whenever trustctl is killed, what
    /// is there can be taken back.
    package static func setup(
        _ transition: SetupTransition, record: SetupRecord.File, approved: NamesEdit? = nil, revoked: NamesEdit? = nil,
        trust: WayOfTrust?, keyGroup: UInt32? = nil, reason: String?,
        by operator: Operator, trusted: () throws(Failure) -> Trusted
    ) throws(Failure) -> TrustPlan? {
        let after = try transition.record.map { record throws(Failure) in Data(try record.bytes) }
        let record = FileEdit(path: record.path.string, before: record.bytes.map { Data($0) }, after: after, access: .closed)
        guard !transition.isEmpty || record.before != record.after || approved != nil || revoked != nil else { return nil }
        let files = transition.steps.map { step in
            var edit = step.edit
            if step.isSecret { edit.access = FileAccess(mode: 0o640, group: keyGroup) }
            return edit
        }
        var plan = TrustPlan(
            Decision(.setup, by: `operator`, reason: reason), LocalEffects(setup: .init(trust: trust, files)))
        plan.files = record.before == record.after ? files : transition.record == nil ? files + [record] : [record] + files
        plan.folders = transition.folders.map(\.string)
        plan.approved = approved
        plan.revoked = revoked
        plan.trusted = try trusted()
        return plan
    }
}
