import Glibc
import Host
import SystemPackage
import TrustCore

/// The files that Exim reads: how they are made, exchanged with their candidates, exchanged back, and removed.
struct LiveFiles {
    let files: any FileSystem

    /// Makes the folders and, empty, the files that do not exist yet: only what exists can be mounted over or exchanged. `again`: an earlier
    /// attempt may have made some of them.
    func make(_ plan: TrustPlan, again: Bool = false) throws(Failure) {
        do throws(SystemError) {
            for path in plan.folders where try files.makeFolder(FilePath(path)) {
                try files.synchronize(FilePath(path).removingLastComponent())
            }
            for edit in plan.files where edit.before == nil {
                if again, try files.contents(of: edit.file) != nil { continue }
                try files.create(edit.candidate, [], like: nil, access: edit.access)
                // Fails when somebody has made the file since we looked: then it is his.
                try files.rename(edit.candidate, to: edit.file)
            }
        } catch {
            if error.code == EEXIST {
                throw Failure("\(error.path) was made by somebody else meanwhile", .busy, hint: "look at it, then repeat the command")
            }
            throw Failure(error)
        }
    }

    /// Removes what `make` made, unless somebody has written into it.
    func unmake(_ plan: TrustPlan) throws(Failure) {
        do throws(SystemError) {
            for edit in plan.files where edit.before == nil {
                if try files.contents(of: edit.file) == [] { try files.remove(edit.file) }
                for path in [edit.draft, edit.candidate, edit.leftOver] { try files.remove(path) }
            }
            for path in plan.folders.reversed() { try files.removeFolder(FilePath(path)) }
        } catch { throw Failure(error) }
    }

    /// Writes the candidates. Each one is complete as soon as its name exists.
    func writeCandidates(_ edits: [FileEdit]) throws(Failure) {
        do throws(SystemError) {
            for edit in edits {
                try files.create(edit.draft, edit.incoming, like: edit.file, access: edit.access)
                try files.remove(edit.candidate)
                try files.rename(edit.draft, to: edit.candidate)
            }
        } catch { throw Failure(error) }
    }

    /// Removes candidates that are no longer needed. What cannot be removed is replaced by the next change of that file.
    func removeCandidates(_ edits: [FileEdit]) {
        for edit in edits {
            for path in [edit.draft, edit.candidate, edit.leftOver] { try? files.remove(path) }
        }
    }

    /// Removes the files that are to go, which are empty by now, and their folders where those are empty too.
    func removeEmptied(_ plan: TrustPlan) throws(SystemError) {
        for edit in plan.files where edit.after == nil {
            if try files.contents(of: edit.file) == [] { try files.remove(edit.file) }
        }
        for edit in plan.files where edit.after == nil && plan.folders.contains(edit.folder.string) {
            try files.removeFolder(edit.folder)
        }
    }

    /// Exchanges each candidate with its live file: all of them or none.
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
                            hint: second.hint ?? "the old content is in \(done.candidate)")
                    }
                }
                throw error
            }
        }
    }

    /// Exchanges all files back, and returns when that is on the disk.
    func exchangeBack(_ edits: [FileEdit]) throws(Failure) {
        let reversed = Array(edits.reversed())
        for (index, edit) in reversed.enumerated() {
            try synchronize(reversed, before: index)
            try swap(edit, expecting: edit.incoming)
        }
        try synchronize(edits)
    }

    /// Afterwards the candidate's name holds what was live. If that is not `expected`, somebody has edited the file since it was read: his
    /// version goes back.
    private func swap(_ edit: FileEdit, expecting expected: [UInt8]) throws(Failure) {
        do throws(SystemError) { try files.exchange(edit.candidate, edit.file) } catch { throw Failure(error) }
        let old = Result { () throws(SystemError) in try files.contents(of: edit.candidate) }
        if case .success(let old) = old, old == expected { return }
        do { try files.exchange(edit.candidate, edit.file) } catch {
            throw Failure(
                "\(edit.path) could not be put back: \(error)", .stuck,
                hint: "the old content is in \(edit.candidate): move it back, then repeat the command")
        }
        if case .failure(let error) = old { throw Failure(error) }
        throw Failure("\(edit.path) was changed by somebody else meanwhile", .busy, hint: "look at it, then repeat the command")
    }

    /// Returns when the file before the `index`th is on the disk, if it is in another folder: after a power failure no file may be there
    /// that includes one which is not. Within a folder names are written in order.
    private func synchronize(_ edits: [FileEdit], before index: Int) throws(Failure) {
        guard index > 0, edits[index - 1].folder != edits[index].folder else { return }
        try synchronize([edits[index - 1]])
    }

    /// Returns when the names of all files are on the disk; each folder once, in their order.
    func synchronize(_ edits: [FileEdit]) throws(Failure) {
        do throws(SystemError) {
            var done: Set<FilePath> = []
            for folder in edits.map(\.folder) where done.insert(folder).inserted { try files.synchronize(folder) }
        } catch { throw Failure(error) }
    }

    /// What is live at `edit`'s place now.
    ///
    /// trustctl may have been killed between an exchange and the look at what came out. If that was somebody's edit, it goes back.
    func live(_ edit: FileEdit) throws(Failure) -> [UInt8] {
        try live(edit, was: { $0 == edit.outgoing }, becomes: { $0 == edit.incoming })
    }

    /// The same for the list.
    func live(_ list: ListEdit) throws(Failure) -> [UInt8] { try live(list.edit, was: list.before.matches, becomes: list.after.matches) }

    private func live(_ edit: FileEdit, was: ([UInt8]) -> Bool, becomes: ([UInt8]) -> Bool) throws(Failure) -> [UInt8] {
        do throws(SystemError) {
            guard let found = try files.contents(of: edit.file) else { throw SystemError("open", edit.file, code: ENOENT) }
            guard becomes(found) else { return found }
            for place in [edit.candidate, edit.leftOver] {
                guard let other = try files.contents(of: place), !was(other), !becomes(other) else { continue }
                try files.exchange(place, edit.file)
                return other
            }
            return found
        } catch { throw Failure(error) }
    }

    /// The bytes of a version of the list: they are known, or live, or waiting beside it. Nil when somebody has removed them.
    func bytes(of version: ListEdit.Version, _ list: ListEdit, live: [UInt8]) throws(Failure) -> [UInt8]? {
        if let bytes = version.bytes { return bytes }
        if version.matches(live) { return live }
        do throws(SystemError) {
            for place in [list.edit.candidate, list.edit.leftOver, list.edit.draft] {
                if let other = try files.contents(of: place), version.matches(other) { return other }
            }
        } catch { throw Failure(error) }
        return nil
    }
}
