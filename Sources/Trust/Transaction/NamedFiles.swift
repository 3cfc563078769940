import Host
import SystemPackage
import TrustCore

/// The names in the folder of a list in folder form, and in that of the CA's revoked clients. Each one counts by itself as soon as it is made
/// or removed, also in open sessions; the journal makes several of them all or none.
struct NamedFiles {
    let files: any FileSystem

    /// Makes the folder that a definition is about to name, and fills it: until then nobody looks there.
    func prepare(_ plan: TrustPlan) throws(Failure) {
        do throws(SystemError) {
            for edit in plan.nameEdits where edit.conversion == .intoFolder {
                if try files.makeFolder(edit.folder) { try files.synchronize(edit.folder.removingLastComponent()) }
                try files.fill(edit.folder, with: edit.add.map(\.description))
            }
        } catch { throw Failure(error) }
    }

    /// Makes and removes names where Exim looks already. Returns when that is on the disk.
    func apply(_ plan: TrustPlan) throws(Failure) {
        for edit in plan.nameEdits where edit.conversion == nil { try bring(edit, adding: edit.add, removing: edit.remove) }
    }

    /// Takes back what `prepare` and `apply` may have done. No definition may name a folder that was made for it.
    func undo(_ plan: TrustPlan) throws(Failure) {
        for edit in plan.nameEdits {
            switch edit.conversion {
            case nil: try bring(edit, adding: edit.remove, removing: edit.add)
            case .intoFolder: try clear(edit, of: edit.add, removingFolder: edit.makesFolder)
            // Nothing was removed yet.
            case .outOfFolder: break
            }
        }
    }

    /// Removes the folder that no definition names any more.
    func finish(_ plan: TrustPlan) throws(SystemError) {
        for edit in plan.nameEdits where edit.conversion == .outOfFolder {
            for fingerprint in edit.remove { try files.remove(edit.folder.appending(fingerprint.description)) }
            try files.removeFolder(edit.folder)
            try files.synchronize(edit.folder.removingLastComponent())
        }
    }

    private func bring(_ edit: NamesEdit, adding: [Fingerprint], removing: [Fingerprint]) throws(Failure) {
        do throws(SystemError) {
            for fingerprint in removing { try files.remove(edit.folder.appending(fingerprint.description)) }
            try files.fill(edit.folder, with: adding.map(\.description))
        } catch { throw Failure(error) }
    }

    private func clear(_ edit: NamesEdit, of fingerprints: [Fingerprint], removingFolder: Bool) throws(Failure) {
        do throws(SystemError) {
            // Nothing may be there yet.
            for fingerprint in fingerprints { try files.remove(edit.folder.appending(fingerprint.description)) }
            if removingFolder {
                try files.removeFolder(edit.folder)
                try files.synchronize(edit.folder.removingLastComponent())
            }
        } catch { throw Failure(error) }
    }
}
