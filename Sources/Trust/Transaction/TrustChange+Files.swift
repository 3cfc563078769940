import Certificates
import Glibc
package import Host
import SystemPackage
package import TrustCore

/// How files change places with their candidates, and come to be or go.
extension TrustChange {
    /// Makes the folders and, empty, the files that are not there yet: what is bound or exchanged must exist.
    package func make(_ plan: TrustPlan, again: Bool = false) throws(Failure) {
        do throws(SystemError) {
            for path in plan.folders where try files.makeFolder(FilePath(path)) {
                try files.synchronize(FilePath(path).removingLastComponent())
            }
            for edit in plan.files where edit.before == nil {
                if again, try files.contents(of: edit.file) != nil { continue }
                try files.create(edit.candidate, [], like: nil, access: edit.access)
                // Fails when somebody has made the file since we looked: it is his.
                try files.rename(edit.candidate, to: edit.file)
            }
        } catch {
            if error.code == EEXIST {
                throw Failure("\(error.path) was made by somebody else meanwhile", .busy, hint: "look at it, then repeat the command")
            }
            throw Failure(error)
        }
    }

    /// Takes away what `make` made, as far as it is still empty.
    func unmake(_ plan: TrustPlan) throws(Failure) {
        do throws(SystemError) {
            for edit in plan.files where edit.before == nil {
                if try files.contents(of: edit.file) == [] { try files.remove(edit.file) }
                for path in [edit.draft, edit.candidate] { try files.remove(path) }
            }
            for path in plan.folders.reversed() { try files.removeFolder(FilePath(path)) }
        } catch { throw Failure(error) }
    }

    /// When it is of no more use. What stays is written over by the next change of that file.
    func removeCandidate(of edit: FileEdit) {
        for path in [edit.draft, edit.candidate] { try? files.remove(path) }
    }

    /// The files that are to go are empty by now.
    func removeEmptied(_ plan: TrustPlan) throws(SystemError) {
        for edit in plan.files where edit.after == nil {
            if try files.contents(of: edit.file) == [] { try files.remove(edit.file) }
        }
        // Of a removal: the folders that are empty now.
        for edit in plan.files where edit.after == nil && plan.folders.contains(edit.folder.string) {
            try files.removeFolder(edit.folder)
        }
    }

    /// Each candidate and its live file change places. What comes out must be what was read before: else somebody has edited it in between,
    /// and his version goes back. All of them or none.
    func exchange(_ edits: [FileEdit]) throws(Failure) {
        for (index, edit) in edits.enumerated() {
            do throws(Failure) {
                try synchronize(edits, before: index)
                try swap(edit, expecting: edit.outgoing)
            } catch {
                if error.exit == .stuck { throw error }
                for done in edits[..<index].reversed() {
                    do throws(Failure) { try swap(done, expecting: done.incoming) } catch let second {
                        throw Failure(
                            "\(error.reason); then \(second.reason)", .stuck,
                            hint: second.hint ?? "what was there lies in \(done.candidate)")
                    }
                }
                throw error
            }
        }
    }

    /// After it the candidate's name holds what was live.
    func swap(_ edit: FileEdit, expecting expected: [UInt8]) throws(Failure) {
        do throws(SystemError) { try files.exchange(edit.candidate, edit.file) } catch { throw Failure(error) }
        let old = Result { () throws(SystemError) in try files.contents(of: edit.candidate) }
        if case .success(let old) = old, old == expected { return }
        do { try files.exchange(edit.candidate, edit.file) } catch {
            throw Failure(
                "\(edit.path) could not be put back: \(error)", .stuck,
                hint: "what was there lies in \(edit.candidate): move it back, then repeat the command")
        }
        if case .failure(let error) = old { throw Failure(error) }
        throw Failure("\(edit.path) was changed by somebody else meanwhile", .busy, hint: "look at it, then repeat the command")
    }

    /// Has the file before the `index`th on the disk, if it lies in another folder: when the power fails, no file must be there that
    /// includes one which is not. Within a folder names are written in order.
    package func synchronize(_ edits: [FileEdit], before index: Int) throws(Failure) {
        guard index > 0, edits[index - 1].folder != edits[index].folder else { return }
        try synchronize([edits[index - 1]])
    }

    package func synchronize(_ edits: [FileEdit]) throws(Failure) {
        do throws(SystemError) {
            for folder in edits.map(\.folder).uniqued() { try files.synchronize(folder) }
        } catch { throw Failure(error) }
    }
}

extension FileSystem {
    /// Brings the trust directory to what `edit` says. What is so already stays.
    package func apply(_ edit: DirectoryEdit) throws(SystemError) {
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
            // Links that were not yet renamed when we died. A library that reads the whole folder would read them too.
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
