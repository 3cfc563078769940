import FoundationEssentials
import Glibc
import SystemPackage
import TrustCore

extension TrustPlan {
    /// Whose record is written with it.
    struct SetupSource {
        let recordPath: FilePath
        let recordBytes: [UInt8]?
        /// What Exim trusts now; nil when it knows no trust list.
        let trusted: [String]?
        /// Exim's group, for a key.
        let group: UInt32?
    }

    /// The transaction that setup is; nil when nothing is to be done.
    ///
    /// The record comes before the files when something is made and behind them when it goes: whenever we are killed, what is there can be
    /// taken back.
    static func setup(
        _ answer: SetupSurvey.Answer, _ transition: SetupTransition, _ source: SetupSource, reason: String?, now: Timestamp = .now
    ) -> TrustPlan? {
        let record = FileEdit(
            path: source.recordPath.string, before: source.recordBytes.map { Data($0) }, after: transition.record.map { Data($0.bytes) },
            access: .closed)
        guard !transition.isEmpty || record.before != record.after else { return nil }
        let files = transition.steps.map { step in
            var edit = step.edit
            if step.isSecret { edit.access = FileAccess(mode: 0o640, group: source.group) }
            return edit
        }
        let edits = record.before == record.after ? files : transition.record == nil ? files + [record] : [record] + files
        var plan = TrustPlan(
            decision: Decision(
                id: "\(now)-\(getpid())-\(UInt32.random(in: .min ... .max))", time: now.description, action: .setup, operator: .current,
                reason: reason, subjects: [],
                setup: Decision.SetupChange(
                    trust: transition.record == nil ? nil : answer.kind,
                    files: files.map { edit in
                        .init(
                            path: edit.path, before: edit.before.map { Ledger.digest(of: Array($0)) },
                            after: edit.after.map { Ledger.digest(of: Array($0)) })
                    })))
        plan.files = edits
        plan.folders = transition.folders.map(\.string)
        plan.trusted = Trusted(before: source.trusted, after: answer.meant)
        return plan
    }
}
