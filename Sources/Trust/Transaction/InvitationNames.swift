import Glibc
import Host
import SystemPackage
import TrustCore

/// The file of the invitation by which a certificate is approved. It loses its name before the certificate is trusted, and gets it back only
/// when that is taken back: so it never admits a second one, wherever trustctl is killed.
struct InvitationNames {
    let files: any FileSystem

    func apply(_ plan: TrustPlan) throws(Failure) {
        guard let edit = plan.invitation else { return }
        do throws(SystemError) {
            if try files.contents(of: edit.source) != nil {
                try files.rename(edit.source, to: edit.target)
            } else if try files.contents(of: edit.target) == nil || !plan.takesTrustAway {
                // Only what is finished after a crash may find it done.
                throw SystemError("rename", edit.source, code: ENOENT)
            }
            try files.synchronize(edit.path)
        } catch { throw Failure(error) }
    }

    func undo(_ plan: TrustPlan) throws(Failure) {
        guard let edit = plan.invitation else { return }
        do throws(SystemError) {
            guard try files.contents(of: edit.source) == nil, try files.contents(of: edit.target) != nil else { return }
            try files.rename(edit.target, to: edit.source)
            try files.synchronize(edit.path)
        } catch { throw Failure(error) }
    }
}
