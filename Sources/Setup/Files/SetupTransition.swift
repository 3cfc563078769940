package import EximControl
import FoundationEssentials
package import Host
package import SystemPackage
package import Trust

/// How the files get from what they are to what setup wants: each with its bytes before and after, in an order that is safe.
package struct SetupTransition {
    package private(set) var steps: [Step] = []
    /// The folders to make, the outer ones first.
    private(set) var folders: [FilePath] = []
    /// Our own folders, to be removed if they are empty afterwards; the inner ones first.
    private(set) var abandoned: [FilePath] = []
    /// What stays although it was to go, and why.
    package private(set) var notes: [String] = []
    /// Nil when nothing of ours remains.
    let record: SetupRecord?

    package struct Step: Equatable {
        package let edit: FileEdit
        /// What the file is for, in one line.
        package let purpose: String
        package let isSecret: Bool
    }

    /// For `wanted` files and missing folders that they need. `wanted` empty: everything is taken back. `now` reads a file; nil when there is
    /// none.
    ///
    /// First comes what is wanted, and what activates it last. Then what is not wanted any more goes, in the reverse order of its making: no
    /// file is removed that another one still names.
    package init(
        from old: SetupRecord?, to wanted: [WantedFile], trust: WayOfTrust?, folders needed: [FilePath],
        now: (FilePath) throws(Failure) -> [UInt8]?
    ) throws(Failure) {
        var kept: [SetupRecord.Entry] = []
        for file in wanted {
            let current = try now(file.path)
            if let entry = old?[file.path], entry.isList, current != nil {
                // Approvals have been written into it since.
                kept.append(entry)
                continue
            }
            if file.base == file.after { continue }
            let entry = SetupRecord.Entry(file)
            kept.append(entry)
            if current != file.after { steps.append(Step(entry, before: current, after: file.after)) }
        }
        let staying = Set(wanted.map(\.path))
        let isReplaced = try old.map { old throws(Failure) in try old.serverCertificateIsReplaced(now) } ?? false
        for entry in (old?.files ?? []).reversed() where !staying.contains(entry.file) {
            let current = try now(entry.file)
            if entry.isServerCertificate, isReplaced {
                if current != nil, wanted.isEmpty { notes.append("\(entry.path) stays: it is your own") }
                continue
            }
            if entry.isList, let current {
                if let reason = entry.reasonToStay(now: current) {
                    notes.append("\(entry.path) stays: \(reason)")
                } else {
                    steps.append(Step(entry, before: current, after: nil))
                }
                continue
            }
            let base = try entry.base(now: current)
            if base != current { steps.append(Step(entry, before: current, after: base)) }
        }
        var made = old?.folders ?? []
        for folder in needed where !made.contains(folder.string) {
            made.append(folder.string)
            folders.append(folder)
        }
        if wanted.isEmpty {
            abandoned = made.reversed().map { FilePath($0) }
            record = nil
        } else {
            record = SetupRecord(trust: trust, files: kept, folders: made)
        }
    }

    /// Adds the step that changes the list's form in its file, behind all others.
    mutating func convert(_ list: FilePath, before: [UInt8], after: [UInt8]) {
        steps.append(
            Step(
                edit: FileEdit(path: list.string, before: Data(before), after: Data(after)), purpose: "the trust list, in another form",
                isSecret: false))
    }

    var isEmpty: Bool { steps.isEmpty && folders.isEmpty && abandoned.isEmpty }
}

extension SetupTransition.Step {
    fileprivate init(_ entry: SetupRecord.Entry, before: [UInt8]?, after: [UInt8]?) {
        edit = FileEdit(path: entry.path, before: before.map { Data($0) }, after: after.map { Data($0) })
        purpose = entry.purpose
        isSecret = entry.isSecret
    }
}
