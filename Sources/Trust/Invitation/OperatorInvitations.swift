import Certificates
import Glibc
package import Host
import SystemPackage
package import TrustCore

/// The invitations of an operator at a console, in a folder of his own. None of them is in the ledger: what lets somebody in is a signed decision.
///
/// Only the command that waits admits somebody. As long as it runs it holds the lock `.<NAME>`, so one that was killed is known as such, and
/// another command may go on.
package struct OperatorInvitations {
    package let folder: InvitationFolder

    private static let place = ".local/state/trustctl/invitations"

    /// Throws where somebody else could read or change what is in it.
    package init() throws(Failure) {
        guard let home = getenv("HOME").map({ FilePath(String(cString: $0)) }), home.isAbsolute else {
            throw Failure("HOME does not say where your folder is; nothing has changed", .usage, hint: "HOME=/home/YOU trustctl invite")
        }
        folder = InvitationFolder(home.appending(Self.place))
        var status = stat()
        guard lstat(folder.path.string, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw Failure(
                "\(folder.path) is not a folder that only you may read; nothing has changed", .notSound,
                hint: "chmod 700 \(folder.path), or remove it")
        }
    }

    /// Keeps one that is open from now on.
    package func open(_ invitation: Invitation) throws(Failure) {
        do throws(SystemError) {
            let folder = try Folder.making(self.folder.path, mode: 0o700)
            let draft = InvitationEdit.draft(invitation.name) + "~"
            try folder.write(invitation.encoded, to: draft, mode: 0o600)
            try folder.renameNew(draft, to: invitation.name)
            try folder.synchronize()
        } catch { throw Failure(error) }
    }

    /// To be held by whoever waits for its client; nil when somebody does already.
    package func wait(_ name: String) throws(Failure) -> FileLock? {
        do throws(SystemError) { return try Folder(folder.path).lock(Self.lock(name), mode: 0o600) } catch { throw Failure(error) }
    }

    /// Whether the command that has made it still waits.
    package func isWaitedFor(_ name: String) -> Bool {
        do throws(SystemError) { return try Folder(folder.path).isLocked(Self.lock(name)) } catch { return false }
    }

    /// Keeps who was seen with a good proof, for a command that goes on; false when it is not open any more.
    ///
    /// The attack: the command is killed, and whoever carries what waits on the relays shows another guest to the next one than to the first.
    package func remember(_ comers: [Fingerprint: String], of invitation: Invitation) throws(Failure) -> Bool {
        do throws(SystemError) {
            return try exchange(invitation.seen(comers), in: try Folder(folder.path)) { _ throws(SystemError) in }
        } catch { throw Failure(error) }
    }

    /// Uses it up for one who is admitted now; false when it was not open any more. On the disk when it returns: whatever happens then,
    /// nobody else comes in by it.
    package func use(_ invitation: Invitation, for fingerprint: Fingerprint) throws(Failure) -> Bool {
        var used = invitation.seen([:])
        used.admits = fingerprint
        do throws(SystemError) {
            return try exchange(used, in: try Folder(folder.path)) { folder throws(SystemError) in
                try folder.rename(used.name, to: used.name + InvitationFolder.State.used.suffix)
                try folder.remove(Self.lock(used.name))
            }
        } catch { throw Failure(error) }
    }

    /// Puts `new` in the place of the open one, and then does the rest; false when it was not open any more. On the disk when it returns.
    private func exchange(
        _ new: Invitation, in folder: borrowing Folder, _ rest: (borrowing Folder) throws(SystemError) -> Void
    ) throws(SystemError) -> Bool {
        let draft = InvitationEdit.draft(new.name) + "~"
        try folder.write(new.encoded, to: draft, mode: 0o600)
        do throws(SystemError) {
            // Somebody cancels it meanwhile: then there is nothing to exchange, and it does not come back.
            try folder.exchange(draft, with: new.name)
            try rest(folder)
        } catch {
            try folder.remove(draft)
            if error.isMissing { return false }
            throw error
        }
        try folder.remove(draft)
        try folder.synchronize()
        return true
    }

    /// Closes it, because its code was seen by two.
    package func close(_ name: String) throws(Failure) {
        do throws(SystemError) {
            let folder = try Folder(self.folder.path)
            try folder.rename(name, to: name + InvitationFolder.State.closed.suffix)
            try folder.remove(Self.lock(name))
            try folder.synchronize()
        } catch { if !error.isMissing { throw Failure(error) } }
    }

    /// Ends it without anybody; false when it was not open any more.
    package func remove(_ name: String) throws(Failure) -> Bool {
        do throws(SystemError) {
            let folder = try Folder(self.folder.path)
            guard try folder.remove(name) else { return false }
            try folder.remove(Self.lock(name))
            try folder.synchronize()
            return true
        } catch {
            if error.isMissing { return false }
            throw Failure(error)
        }
    }

    /// Removes those that are over, and what killed commands have left.
    package func removeOld(at now: Timestamp = .now) throws(Failure) {
        do throws(SystemError) {
            let items = try folder.content().items
            guard LocalFileSystem().exists(folder.path) else { return }
            let folder = try Folder(self.folder.path)
            for item in items where item.isOver(at: now) { try folder.remove(item.fileName) }
            let kept = Set(items.filter { !$0.isOver(at: now) && $0.state == .open }.map { Self.lock($0.invitation.name) })
            for name in try folder.names(atMost: InvitationFolder.most).names where name.first == "." && !kept.contains(name) {
                // Who holds no lock does not come back.
                if !isWaitedFor(Self.name(name)) { try folder.remove(name) }
            }
        } catch { throw Failure(error) }
    }

    private static func lock(_ name: String) -> String { ".\(name)" }

    /// The invitation's name in that of a file that begins with a point.
    private static func name(_ file: String) -> String { String(file.drop { $0 == "." }.prefix { $0.isHexDigit }) }
}
