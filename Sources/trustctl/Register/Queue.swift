import Glibc
import SystemPackage
import TrustCore

/// trustd's folder of pending entries, read as written by an attacker who has taken trustd over.
enum Queue {
    /// Files beyond this many are not read: he could fill the folder, and our memory, without end.
    private static let maximumFiles = 100_000

    /// All entries, and what else lies in the folder. Nothing when the folder is missing: trustd has not run yet.
    static func entries(in path: FilePath) throws(SystemError) -> (entries: [PendingEntry], oddities: [String]) {
        var entries: [PendingEntry] = []
        var oddities: [String] = []
        guard let folder = try open(path) else { return ([], []) }
        let names = try folder.names().filter { $0.first != "." }
        if names.count > maximumFiles { oddities.append("\(names.count - maximumFiles) files more than can be; they were not read") }
        for name in names.prefix(maximumFiles) {
            do {
                let bytes = try folder.contents(of: name, limit: PendingEntry.maximumSize)
                entries.append(try PendingEntry(decoding: bytes, name: name))
            } catch let error as SystemError {
                if error.isMissing { continue }  // trustd has taken it away meanwhile
                // EPERM is our own word for what is no regular file; EACCES the kernel's for what we may not see.
                if error.code == EACCES {
                    // The attack: a name full of escape sequences, in the one message that would not have escaped it.
                    throw SystemError(error.call, path.appending(Printable(name, limit: 80).description), code: error.code)
                }
                oddities.append("\(Printable(name, limit: 80)): \(error.reason)")
            } catch {
                oddities.append("\(Printable(name, limit: 80)): \(error)")
            }
        }
        return (entries, oddities.sorted())
    }

    /// The names in a folder; none when it is missing.
    static func names(in path: FilePath) throws(SystemError) -> [String] { try open(path)?.names() ?? [] }

    /// Removes an entry; `false` when there was none. What the name holds is of no account, nor who else may write it.
    @discardableResult
    static func remove(_ fingerprint: Fingerprint, in path: FilePath) throws(SystemError) -> Bool {
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
    static func failure(_ error: SystemError, in path: FilePath) -> Failure {
        switch error.code {
        case EBADMSG where error.path == path:
            Failure("\(path) may be written by everybody: its entries are not to be trusted", .notSound, hint: "chmod o-w \(path)")
        case ENOTDIR, ELOOP:
            Failure("\(path) is a link, or no folder: its entries are not to be trusted", .notSound, hint: "see what has put it there")
        default: Failure(Cause(error))
        }
    }
}
