import Host
import SystemPackage
import TrustCore

/// What a plan changes besides the files that Exim reads: the invitation's name, denials, which only keep trustd from queueing, denied keys,
/// which only make trustctl warn, and certificates in the trust directory. None of them grants trust by itself, so they come before the live
/// files.
struct Preparation {
    /// One empty file for each denied fingerprint.
    let denied: FilePath
    let deniedKeys: DeniedKeys
    let files: any FileSystem

    func apply(_ plan: TrustPlan) throws(Failure) {
        try InvitationNames(files: files).apply(plan)
        try applyRest(plan)
    }

    private func applyRest(_ plan: TrustPlan) throws(Failure) {
        do throws(SystemError) {
            if !plan.deny.isEmpty || !plan.allow.isEmpty {
                for fingerprint in plan.deny {
                    try files.create(denied.appending(fingerprint.description), [], like: nil, access: .open)
                }
                for fingerprint in plan.allow { try files.remove(denied.appending(fingerprint.description)) }
                try files.synchronize(denied)
            }
            if let keys = plan.keys { try apply(keys) }
            if let directory = plan.directory { try files.apply(directory) }
        } catch { throw Failure(error) }
    }

    func undo(_ plan: TrustPlan) throws(Failure) {
        var reverse = plan
        (reverse.deny, reverse.allow) = (plan.allow, plan.deny)
        reverse.keys = plan.keys?.reversed
        reverse.directory = plan.directory?.reversed
        try applyRest(reverse)
        try InvitationNames(files: files).undo(plan)
    }

    private func apply(_ keys: KeyEdit) throws(SystemError) {
        let folder = deniedKeys.folder
        if try files.makeFolder(folder) { try files.synchronize(folder.removingLastComponent()) }
        for key in keys.deny { try files.create(folder.appending(key), [], like: nil, access: .open) }
        for key in keys.allow { try files.remove(folder.appending(key)) }
        try files.synchronize(folder)
    }
}
