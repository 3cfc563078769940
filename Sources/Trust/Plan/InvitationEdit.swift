import SystemPackage
import TrustCore

/// A step in the life of an invitation: its file gets another name. Described as names, so that an interrupted one can be repeated or taken
/// back; the journal holds nothing of what is in the file.
package struct InvitationEdit: Codable, Equatable {
    let folder: String
    let from: String
    let to: String

    /// Where it is written before it gets its name.
    static func draft(_ name: String) -> String { ".\(name).new" }
    private static func gone(_ name: String) -> String { ".\(name).cancelled" }

    private init(_ folder: InvitationFolder, _ from: String, _ to: String) {
        (self.folder, self.from, self.to) = (folder.path.string, from, to)
    }

    static func opening(_ name: String, in folder: InvitationFolder) -> InvitationEdit { .init(folder, draft(name), name) }

    static func ending(_ name: String, as state: InvitationFolder.State?, in folder: InvitationFolder) -> InvitationEdit {
        .init(folder, name, state.map { name + $0.suffix } ?? gone(name))
    }

    var path: FilePath { FilePath(folder) }
    var source: FilePath { path.appending(from) }
    var target: FilePath { path.appending(to) }
    /// Whether nothing is left of it when the change is done.
    var leavesNothing: Bool { to.hasPrefix(".") }
}
