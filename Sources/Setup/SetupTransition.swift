package import EximControl
import FoundationEssentials
package import Host
package import SystemPackage
package import Trust
import TrustCore

/// The way from what lies on the disk to what setup wants: every file with its bytes before and after, in the order in which it is safe.
package struct SetupTransition {
    package private(set) var steps: [Step] = []
    package private(set) var folders: [FilePath] = []
    /// That are ours, and to be removed when they are empty afterwards; the inner ones first.
    package private(set) var abandoned: [FilePath] = []
    /// What stays although it was asked to go, and why.
    package private(set) var notes: [String] = []
    /// Nil when nothing of ours remains.
    package let record: SetupRecord?

    package struct Step: Equatable {
        package var edit: FileEdit
        package let purpose: String
        package var isSecret = false
    }

    /// `wanted` empty: everything is taken back. `now` tells what lies on the disk.
    ///
    /// What is wanted comes first, what activates it last; then what is not wanted any more goes in the reverse order of its making: no
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
            kept.append(SetupRecord.Entry(file))
            guard current != file.after else { continue }
            steps.append(Step(file, before: current, after: file.after))
        }
        let staying = Set(wanted.map(\.path))
        for entry in (old?.files ?? []).reversed() where !staying.contains(entry.file) {
            let current = try now(entry.file)
            if entry.isList, let current {
                let approved = entry.approved(now: current)
                guard let approved, approved.isEmpty else {
                    let count = approved?.count ?? 0
                    notes.append("\(entry.path) stays: \(count == 1 ? "a certificate is" : "\(count) certificates are") approved in it")
                    continue
                }
                steps.append(Step(entry, before: current, after: nil))
                continue
            }
            let base = try entry.base(now: current)
            if base != current { steps.append(Step(entry, before: current, after: base)) }
        }
        var made = old?.folders ?? []
        for folder in needed where !made.contains(folder.string) && !LocalFileSystem().exists(folder) {
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

    package var isEmpty: Bool { steps.isEmpty && folders.isEmpty && abandoned.isEmpty }
}

extension SetupTransition.Step {
    fileprivate init(_ file: WantedFile, before: [UInt8]?, after: [UInt8]?) {
        self.init(path: file.path.string, before, after, file.purpose, file.isSecret)
    }

    fileprivate init(_ entry: SetupRecord.Entry, before: [UInt8]?, after: [UInt8]?) {
        self.init(path: entry.path, before, after, entry.purpose, entry.isSecret)
    }

    private init(path: String, _ before: [UInt8]?, _ after: [UInt8]?, _ purpose: String, _ isSecret: Bool) {
        edit = FileEdit(path: path, before: before.map { Data($0) }, after: after.map { Data($0) })
        self.purpose = purpose
        self.isSecret = isSecret
    }
}
