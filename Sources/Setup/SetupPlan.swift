package import EximControl
import FoundationEssentials
import Glibc
import Host
import SystemPackage
package import Trust
import TrustCore

extension TrustPlan {
    /// The transaction that a setup is; nil when nothing is to be done. `record` is its record's file as it lies there; `trust` the way from
    /// then on, nil where it does not change; `keyGroup` may read a key.
    ///
    /// The record comes before the files when something is made and behind them when it goes: whenever we are killed, what is there can be
    /// taken back.
    package static func setup(
        _ transition: SetupTransition, record: SetupRecord.File, trust: WayOfTrust?, trusted: Trusted, keyGroup: UInt32? = nil,
        reason: String?, by operator: Operator
    ) -> TrustPlan? {
        let record = FileEdit(
            path: record.path.string, before: record.bytes.map { Data($0) }, after: transition.record.map { Data($0.bytes) },
            access: .closed)
        guard !transition.isEmpty || record.before != record.after else { return nil }
        let files = transition.steps.map { step in
            var edit = step.edit
            if step.isSecret { edit.access = FileAccess(mode: 0o640, group: keyGroup) }
            return edit
        }
        var plan = TrustPlan(
            Decision(.setup, by: `operator`, reason: reason), LocalEffects(setup: .init(trust: trust, files)))
        plan.files = record.before == record.after ? files : transition.record == nil ? files + [record] : [record] + files
        plan.folders = transition.folders.map(\.string)
        plan.trusted = trusted
        return plan
    }
}
