import CLinux
import Glibc
package import SystemPackage
package import TrustCore

/// The user and groups by which the kernel decides which files a process may open.
package struct Account: Equatable {
    package var name: String
    package var user: UInt32
    package var group: UInt32
    /// Supplementary groups.
    package var groups: [UInt32]

    /// A user of this machine, by name or number, with all groups of that user and `more`.
    package init?(named name: String, more: [String] = []) {
        guard let entry = UInt32(name).map({ getpwuid($0) }) ?? getpwnam(name) else { return nil }
        self.name = String(cString: entry.pointee.pw_name)
        user = entry.pointee.pw_uid
        group = entry.pointee.pw_gid
        var list = [gid_t](repeating: 0, count: 1_024)
        var count = CInt(list.count)
        groups = getgrouplist(self.name, group, &list, &count) >= 0 ? Array(list.prefix(Int(count))) : [group]
        groups += more.compactMap { getgrnam($0).map { $0.pointee.gr_gid } }
    }

    /// The account that runs `process`; nil when the process is gone.
    package init?(of process: ProcessFacts) {
        guard let user = process.uids.dropFirst().first, let group = process.gids.dropFirst().first else { return nil }
        (self.user, self.group, groups) = (user, group, process.groups)
        name = getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "uid \(user)"
    }

    package static func group(named name: String) -> UInt32? { UInt32(name) ?? getgrnam(name).map { $0.pointee.gr_gid } }
    package static func groupName(_ group: UInt32) -> String { getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? "\(group)" }
    package static func userName(_ user: UInt32) -> String { getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)" }

    /// Why this account cannot read the file (or list the folder); nil when it can. A child process with the account's ids tries it, so that
    /// modes, access control lists and every folder on the way count. A service's sandbox does not.
    package func whyCannotRead(_ path: FilePath, isFolder: Bool = false) -> SystemError? {
        let code = clinux_open_as(user, group, groups, groups.count, path.string, O_RDONLY | (isFolder ? O_DIRECTORY : 0))
        return code == 0 ? nil : SystemError("open", path, code: code < 0 ? EPERM : code)
    }

    /// Whether this account can list the folder, and read each of these names in it that is there. One child tries all: a process that has
    /// read much takes milliseconds for each child.
    package func canRead(_ folder: FilePath, names: [String]) -> Bool {
        var list: [CChar] = []
        for name in names { list += Array(name.utf8CString) }
        list.append(0)
        return clinux_open_all_as(user, group, groups, groups.count, folder.string, list) == 0
    }
}
