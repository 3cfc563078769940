import Glibc
import TrustCore

extension Folder {
    /// Throws when no file can be made in the folder, for another reason than a full disk, which passes.
    func probe() throws(SystemError) {
        let name = SharedFiles.draftPrefix + "probe"
        do throws(SystemError) {
            try write([], to: name, mode: 0o600, synchronized: false)
            try remove(name)
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT else { throw error }
        }
    }
}
