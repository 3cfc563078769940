import Certificates
import Glibc
import Host
package import SystemPackage
package import TrustCore

/// The folder of the invitations, one file each, which only root can read.
///
///     <NAME>          open
///     <NAME>.used     it has admitted somebody
///     <NAME>.closed   its code was seen by two, and it has admitted nobody
///
/// What is over is kept for a while, without a way back.
package struct InvitationFolder {
    package let path: FilePath

    package static let name = "invitations"
    /// More than anybody hands out: files beyond this many are not read.
    static let most = 10_000

    package init(_ configuration: Configuration) { self.init(configuration.ledger.appending(Self.name)) }

    init(_ path: FilePath) { self.path = path }

    package enum State: String, CaseIterable, Encodable {
        case open, used, closed

        var suffix: String { self == .open ? "" : ".\(rawValue)" }
    }

    package struct Item: Equatable {
        package let invitation: Invitation
        package let state: State

        var fileName: String { invitation.name + state.suffix }

        /// Whether somebody may still be admitted.
        package func isOpen(at now: Timestamp = .now) -> Bool { state == .open && !invitation.isExpired(at: now) }

        func isOver(at now: Timestamp) -> Bool {
            let end = invitation.expires.seconds + (state == .open ? 0 : Invitation.remembered)
            return end < now.seconds
        }
    }

    package struct Content {
        package var items: [Item] = []
        /// Names of files that are no invitations, safe to print.
        package var oddities: [String] = []
    }

    /// All of them, sorted by name. Nothing when there is no folder yet.
    package func content() throws(SystemError) -> Content {
        var content = Content()
        let folder: Folder
        do throws(SystemError) { folder = try Folder(path) } catch {
            if error.isMissing { return content }
            throw error
        }
        for name in try folder.names(atMost: Self.most).names.sorted() where name.first != "." {
            if let item = try Self.item(name, in: folder) {
                content.items.append(item)
            } else {
                content.oddities.append(Printable(name, limit: 80).description)
            }
        }
        return content
    }

    /// The invitation of this name in whatever state; nil when there is none.
    package func item(_ name: String) throws(SystemError) -> Item? {
        guard InvitationClaim.isName(Array(name.utf8)) else { return nil }
        do throws(SystemError) {
            let folder = try Folder(path)
            for state in State.allCases {
                if folder.has(name + state.suffix), let item = try Self.item(name + state.suffix, in: folder) { return item }
            }
        } catch { if !error.isMissing { throw error } }
        return nil
    }

    private static func item(_ file: String, in folder: borrowing Folder) throws(SystemError) -> Item? {
        let parts = file.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let state = State.allCases.first { $0.suffix == (parts.count == 2 ? ".\(parts[1])" : "") }
        guard let state, InvitationClaim.isName(Array(parts[0].utf8)) else { return nil }
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try folder.contents(of: file, limit: Invitation.maximumSize) } catch {
            // Another command has renamed it meanwhile, or it is something else than a file of ours.
            if error.isMissing || [EPERM, EFBIG, ELOOP].contains(error.code) { return nil }
            throw error
        }
        return Invitation(bytes, name: String(parts[0])).map { Item(invitation: $0, state: state) }
    }

    /// For those who look: only root sees invitations, and everybody else sees a queue without them.
    var visible: [Item] {
        do throws(SystemError) { return try content().items } catch { return [] }
    }

    /// Writes what `InvitationEdit.opening` makes visible.
    func write(_ invitation: Invitation) throws(Failure) {
        do throws(SystemError) {
            let folder = try Folder.making(path, mode: 0o700)
            try folder.write(invitation.encoded, to: InvitationEdit.draft(invitation.name), mode: 0o600)
            try LocalFileSystem().synchronize(path.removingLastComponent())
        } catch { throw Failure(error) }
    }

    /// Whether some are over, so that `removeOld` has work.
    func hasOld(at now: Timestamp = .now) -> Bool { visible.contains { $0.isOver(at: now) } }

    /// Removes those that are over, and what a crash has left. The caller holds the lock, and no change is under way.
    func removeOld(at now: Timestamp = .now) throws(SystemError) {
        let items = try content().items
        let folder: Folder
        do throws(SystemError) { folder = try Folder(path) } catch {
            if error.isMissing { return }
            throw error
        }
        for item in items where item.isOver(at: now) { try folder.remove(item.fileName) }
        for name in try folder.names(atMost: Self.most).names where name.first == "." { try folder.remove(name) }
    }
}
