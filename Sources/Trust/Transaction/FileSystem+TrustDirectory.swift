import Certificates
import Host
import SystemPackage
import TrustCore

extension FileSystem {
    /// Brings the trust directory to what `edit` says. What is as it should be stays.
    func apply(_ edit: DirectoryEdit) throws(SystemError) {
        for item in edit.install {
            let file = edit.folder.appending(item.name)
            if try contents(of: file) != PEM.certificate(Array(item.der)) {
                // Never half a certificate under a name that Exim looks up.
                let new = edit.folder.appending(item.candidate)
                try create(new, PEM.certificate(Array(item.der)), like: nil, access: .open)
                try remove(file)
                try rename(new, to: file)
            }
            try apply(HashLinks.adding(item.name, hash: item.subjectHash, to: try names(in: edit.folder)), in: edit.folder)
        }
        for item in edit.remove {
            try apply(HashLinks.removing(item.name, hash: item.subjectHash, from: try names(in: edit.folder)), in: edit.folder)
            try remove(edit.folder.appending(item.name))
            try remove(edit.folder.appending(item.candidate))
            // Links that were not yet renamed when trustctl was killed. A library that reads the whole folder would read them too.
            for name in try names(in: edit.folder).keys where name.hasPrefix(".\(item.subjectHash).") && name.hasSuffix(".trustctl") {
                try remove(edit.folder.appending(name))
            }
        }
        try synchronize(edit.folder)
    }

    private func apply(_ steps: [HashLinks.Step], in folder: FilePath) throws(SystemError) {
        for step in steps {
            switch step {
            case .link(let name, let target): try link(folder.appending(name), to: target)
            case .remove(let name): try remove(folder.appending(name))
            }
        }
    }
}
