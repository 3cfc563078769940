import Host
import SystemPackage
import TrustCore

/// The files with certificates that wait for their clients.
///
/// They come last, when the ledger has its line: Exim hands a file over as soon as it has its name, and nobody may have a certificate that no
/// ledger knows. After a crash the next command writes them (`Transaction.end`), since the journal still says which.
struct IssuedFiles {
    let files: any FileSystem

    func finish(_ plan: TrustPlan) throws(SystemError) {
        guard let edit = plan.issued else { return }
        for name in edit.remove { try files.remove(edit.folder.appending(name.description)) }
        for item in edit.add {
            let file = edit.folder.appending(item.name.description)
            let draft = edit.folder.appending(".\(item.name).new")
            try files.create(draft, Array(item.text.utf8), like: nil, access: .open)
            try files.remove(file)
            try files.rename(draft, to: file)
        }
        try files.synchronize(edit.folder)
    }
}
