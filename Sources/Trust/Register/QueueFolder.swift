import Glibc
import Host
import SystemPackage
package import TrustCore

/// trustd's folder of pending entries, read as if an attacker who has taken over trustd had written it.
package struct QueueFolder {
    let path: FilePath
    /// The attack: files without end fill the folder, our memory and the operator's time. Files beyond this many are not read.
    let limit: Int

    init(_ path: FilePath, limit: Int = 20_000) {
        self.path = path
        self.limit = limit
    }

    package init(_ configuration: Configuration) {
        let twice = configuration.maxPending.multipliedReportingOverflow(by: 2)
        self.init(configuration.pending, limit: max(20_000, twice.overflow ? .max : twice.partialValue))
    }

    /// What was found in the folder.
    struct Content {
        var entries: [PendingEntry] = []
        /// Files that are not entries, each with the reason.
        var oddities: [String] = []
        /// Number of files that were not read because of the limit.
        var unread = 0
    }

    /// The first `limit` entries, and what else is in the folder. Nothing when the folder is missing: trustd has not run yet.
    func content() throws(SystemError) -> Content {
        var entries: [PendingEntry] = []
        var oddities: [String] = []
        guard let folder = try Folder.closed(path) else { return Content() }
        let (names, unread) = try folder.names(atMost: limit)
        for name in names where name.first != "." {
            do {
                entries.append(try Self.entry(name, in: folder))
            } catch let error as SystemError {
                if error.isMissing { continue }  // trustd has removed it meanwhile
                // EPERM is our own code for what is not a regular file; EACCES is the kernel's for what we may not read.
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
        // First, since only the first of many oddities are shown.
        if unread > 0 { oddities.insert("more than \(limit) files; \(unread) of them were not read", at: 0) }
        return Content(entries: entries, oddities: oddities, unread: unread)
    }

    /// The entry of this fingerprint alone; nil when there is none that can be read.
    func entry(_ fingerprint: Fingerprint) -> PendingEntry? {
        guard let folder = try? Folder.closed(path) else { return nil }
        return try? Self.entry(fingerprint.description, in: folder)
    }

    private static func entry(_ name: String, in folder: borrowing Folder) throws -> PendingEntry {
        let bytes = try folder.contents(of: name, limit: PendingEntry.maximumSize)
        var entry = try PendingEntry(decoding: bytes, name: name)
        // The attack: 16 KiB of HELO, shown by each listing and copied into the ledger for ever. trustd writes at most 256 characters.
        if var observed = entry.observed {
            observed.helo = observed.helo.map(Evidence.capped)
            observed.domain = observed.domain.map(Evidence.capped)
            entry.observed = observed
        }
        return entry
    }

    /// Removes an entry; `false` when there was none. The file's content and permissions do not matter here, nor do the folder's.
    @discardableResult
    package func remove(_ fingerprint: Fingerprint) throws(SystemError) -> Bool {
        do { return try Folder(path).remove(fingerprint.description) } catch {
            if error.isMissing { return false }
            throw error
        }
    }

    /// What an operator is told when the folder could not be read.
    func failure(_ error: SystemError) -> Failure {
        switch error.code {
        case EBADMSG where error.path == path:
            Failure("\(path) is writable by everybody: its entries are not to be trusted", .notSound, hint: "chmod o-w \(path)")
        case ENOTDIR, ELOOP:
            Failure("\(path) is a link or not a folder: its entries are not to be trusted", .notSound, hint: "find out what put it there")
        default: Failure(error)
        }
    }
}

extension Folder {
    /// The folder; nil when it is missing. Throws EBADMSG when everybody may write to it: then a file in it may be anybody's.
    static func closed(_ path: FilePath) throws(SystemError) -> Folder? {
        let folder: Folder
        do { folder = try Folder(path) } catch {
            if error.isMissing { return nil }
            throw error
        }
        guard try !folder.isOpenToAll() else { throw SystemError("open", path, code: EBADMSG) }
        return folder
    }
}
