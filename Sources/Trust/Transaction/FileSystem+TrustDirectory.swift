import Certificates
import Glibc
import Host
import SystemPackage
import TrustCore

extension FileSystem {
    /// Brings the trust directory to what `edit` says. What is as it should be stays.
    func apply(_ edit: DirectoryEdit) throws(SystemError) {
        // Read once: a directory may hold thousands, and so may an edit.
        var names = try names(in: edit.folder)
        for item in edit.written {
            let file = edit.folder.appending(item.name)
            let isLink = names[item.name].flatMap { $0 } != nil
            let bytes = isLink ? nil : try contents(of: file)
            if bytes != PEM.certificate(Array(item.der)) {
                // Never half a certificate under a name that Exim looks up.
                let new = edit.folder.appending(item.candidate)
                try create(new, PEM.certificate(Array(item.der)), like: nil, access: .open)
                try remove(file)
                try rename(new, to: file)
                names[item.name] = .some(nil)
            }
            let broken = try HashLinks.broken(item.subjectHash, in: names) { name throws(SystemError) in
                try certificate(behind: names[name].flatMap { $0 } ?? name, in: edit.folder)
            }
            try apply(HashLinks.adding(item.name, hash: item.subjectHash, to: names, broken: broken), in: edit.folder, &names)
        }
        for item in edit.remove {
            try apply(HashLinks.removing(item.name, hash: item.subjectHash, from: names), in: edit.folder, &names)
            try remove(edit.folder.appending(item.name))
            try remove(edit.folder.appending(item.candidate))
            names[item.name] = nil
            // Links that were not yet renamed when trustctl was killed. A library that reads the whole folder would read them too.
            for name in names.keys where name.hasPrefix(".\(item.subjectHash).") && name.hasSuffix(".trustctl") {
                try remove(edit.folder.appending(name))
                names[name] = nil
            }
        }
        try synchronize(edit.folder)
    }

    private func apply(
        _ steps: [HashLinks.Step], in folder: FilePath, _ names: inout [String: String?]
    ) throws(SystemError) {
        for step in steps {
            switch step {
            case .link(let name, let target):
                try link(folder.appending(name), to: target)
                names[name] = .some(target)
            case .remove(let name):
                try remove(folder.appending(name))
                names[name] = nil
            }
        }
    }

    /// The file to which a link of `folder` leads; nil when there is none, or something else than a file.
    private func certificate(behind target: String, in folder: FilePath) throws(SystemError) -> [UInt8]? {
        let path = target.hasPrefix("/") ? FilePath(target) : folder.appending(target)
        do { return try contents(of: ResolvedPath(orAsWritten: path).filePath) } catch {
            if [EINVAL, ELOOP, ENOTDIR].contains(error.code) { return nil }
            throw error
        }
    }
}
