import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// trustd's folder of pending entries, read as written by an attacker who has taken trustd over.
package enum QueueFolder {
    /// What was found in the folder.
    package struct Found {
        package var entries: [PendingEntry] = []
        /// What else lies there.
        var oddities: [String] = []
        /// Files that were not read, for there were more than can be.
        package var unread = 0
    }

    /// Files beyond this many are not read: he could fill the folder, our memory and the operator's time without end.
    static func limit(_ configuration: Configuration) -> Int {
        max(20_000, configuration.maxPending.multipliedReportingOverflow(by: 2).overflow ? .max : configuration.maxPending * 2)
    }

    /// The first `limit` entries, and what else lies in the folder. Nothing when the folder is missing: trustd has not run yet.
    package static func entries(in path: FilePath, limit: Int = 20_000) throws(SystemError) -> Found {
        var entries: [PendingEntry] = []
        var oddities: [String] = []
        guard let folder = try open(path) else { return Found() }
        let (names, unread) = try folder.names(atMost: limit)
        for name in names where name.first != "." {
            do {
                entries.append(try entry(name, in: folder))
            } catch let error as SystemError {
                if error.isMissing { continue }  // trustd has taken it away meanwhile
                // EPERM is our own word for what is no regular file; EACCES the kernel's for what we may not see.
                if error.code == EACCES {
                    // The attack: a name full of escape sequences, in the one message that would not have escaped it.
                    throw SystemError(error.call, path.appending(Printable(name, limit: 80).description), code: error.code)
                }
                let reason = error.code == EPERM ? "a link, a folder or another file that is not one of trustd's" : error.reason
                oddities.append("\(Printable(name, limit: 80)): \(reason)")
            } catch {
                oddities.append("\(Printable(name, limit: 80)): \(error)")
            }
        }
        oddities.sort()
        // First, for of many oddities only the first ones are shown.
        if unread > 0 { oddities.insert("more than \(limit) files; \(unread) of them were not read", at: 0) }
        return Found(entries: entries, oddities: oddities, unread: unread)
    }

    /// The entry of this name alone; nil when there is none that can be read.
    package static func entry(_ fingerprint: Fingerprint, in path: FilePath) -> PendingEntry? {
        guard let folder = try? open(path) else { return nil }
        return try? entry(fingerprint.description, in: folder)
    }

    private static func entry(_ name: String, in folder: borrowing Folder) throws -> PendingEntry {
        let bytes = try folder.contents(of: name, limit: PendingEntry.maximumSize)
        var entry = try PendingEntry(decoding: bytes, name: name)
        // The attack: 16 KiB of HELO, shown at each listing and copied into the ledger for ever. trustd writes 256 at most.
        entry.observed = entry.observed.map {
            .init(address: $0.address, helo: $0.helo.map(Evidence.capped), domain: $0.domain.map(Evidence.capped))
        }
        return entry
    }

    /// The names in a folder; none when it is missing.
    package static func names(in path: FilePath) throws(SystemError) -> [String] { try open(path)?.names() ?? [] }

    /// Removes an entry; `false` when there was none. What the name holds is of no account, nor who else may write it.
    @discardableResult
    package static func remove(_ fingerprint: Fingerprint, in path: FilePath) throws(SystemError) -> Bool {
        do { return try Folder(path).remove(fingerprint.description) } catch {
            if error.isMissing { return false }
            throw error
        }
    }

    private static func open(_ path: FilePath) throws(SystemError) -> Folder? {
        let folder: Folder
        do { folder = try Folder(path) } catch {
            if error.isMissing { return nil }
            throw error
        }
        // Entries that any user may write are not even trustd's word.
        guard try !folder.isOpenToAll() else { throw SystemError("open", path, code: EBADMSG) }
        return folder
    }

    /// What an operator is told when the folder `path` is not read.
    package static func failure(_ error: SystemError, in path: FilePath) -> Failure {
        switch error.code {
        case EBADMSG where error.path == path:
            Failure("\(path) may be written by everybody: its entries are not to be trusted", .notSound, hint: "chmod o-w \(path)")
        case ENOTDIR, ELOOP:
            Failure("\(path) is a link, or no folder: its entries are not to be trusted", .notSound, hint: "see what has put it there")
        default: Failure(error)
        }
    }
}
