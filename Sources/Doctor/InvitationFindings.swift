import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// Judges the folder of the invitations.
struct InvitationFindings {
    let path: FilePath
    let content: InvitationFolder.Content
    let now: Timestamp

    /// Nothing where there is no invitation, or this user may not see any.
    static func examine(_ configuration: Configuration) -> [Finding] {
        let folder = InvitationFolder(configuration)
        do throws(SystemError) {
            let content = try folder.content()
            let files = content.items.map { folder.path.appending($0.invitation.name + ($0.state == .open ? "" : ".\($0.state.rawValue)")) }
            return files.compactMap { DiskFindings.judge(rule($0, isFolder: false), DiskFacts.state(of: $0)) }
                + InvitationFindings(path: folder.path, content: content, now: .now).findings
        } catch {
            if error.isNotPermitted { return [] }
            return [
                Finding(
                    .error, "invitations-unreadable", "the invitations cannot be read: \(error)", "nobody can come by an invitation",
                    mend: "see what \(folder.path) is, and remove it if it is not a folder of root's")
            ]
        }
    }

    static func rule(_ path: FilePath, isFolder: Bool) -> DiskFindings.Rule {
        DiskFindings.Rule(
            path: path, isFolder: isFolder, owner: 0, mode: isFolder ? 0o700 : 0o600,
            consequence: "another user could come by an invitation that was meant for somebody else")
    }

    var findings: [Finding] {
        let over = content.items.filter { $0.state == .open && $0.invitation.isExpired(at: now) }.map { item in
            Finding(
                .note, "invitation-over", "the invitation \(item.invitation.shown) is over since \(item.invitation.expires)",
                "it admits nobody any more", mend: "`trustctl list` as root removes it")
        }
        let odd = content.oddities.map { name in
            Finding(
                .warning, "invitation-unreadable", "\(path.appending(name)) is not an invitation", "nobody can come by it",
                mend: "remove it, and invite again")
        }
        return over + odd
    }
}
