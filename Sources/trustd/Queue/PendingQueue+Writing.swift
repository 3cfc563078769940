import Glibc
import TrustCore

extension PendingQueue {
    /// From that many files on, one synchronization of the file system is cheaper than one for each of them.
    private static let manyFiles = 16

    /// Writes what was gathered. When it returns, all of it can be seen, and `synchronize` makes it stay; when it throws, what is not there
    /// stays gathered and may be written again. Every file appears whole or not at all, whenever we are killed.
    ///
    /// `alive` is called between steps: a disk that is slow is no reason for the service manager to kill us.
    mutating func write(clock: Int64, alive: () -> Void = {}) throws(SystemError) {
        let batch = Array(changes.keys)
        do {
            let staged = try stage(batch, clock: clock, alive)
            alive()
            if batch.count > Self.manyFiles { try folder.synchronizeFileSystem() }
            alive()
            for entry in staged {
                try publish(entry, clock: clock)
                alive()
            }
        } catch {
            // On a full disk they would keep the room that the next attempt needs.
            for fingerprint in batch { _ = try? folder.remove(SharedFiles.draftPrefix + fingerprint.description) }
            throw error
        }
    }

    /// When it returns, what was written survives a loss of power; only then may a position behind it be saved.
    mutating func synchronize() throws(SystemError) {
        guard mustSynchronize else { return }
        try folder.synchronize()
        mustSynchronize = false
    }

    /// All under temporary names.
    private mutating func stage(_ batch: [Fingerprint], clock: Int64, _ alive: () -> Void) throws(SystemError) -> [PendingEntry] {
        var staged: [PendingEntry] = []
        for fingerprint in batch {
            guard let change = changes[fingerprint], let entry = try entry(of: fingerprint, after: change, clock: clock) else {
                forget(fingerprint)
                continue
            }
            try folder.write(
                entry.encoded(), to: SharedFiles.draftPrefix + fingerprint.description, mode: 0o640,
                synchronized: batch.count <= Self.manyFiles)
            staged.append(entry)
            alive()
        }
        return staged
    }

    /// Nil when trustctl has removed it, or when what stands there is no entry.
    private mutating func entry(of fingerprint: Fingerprint, after change: Change, clock: Int64) throws(SystemError) -> PendingEntry? {
        if change.isNew { return change.entry(of: fingerprint, logs: logs) }
        let name = fingerprint.description
        do throws(SystemError) {
            let bytes = try folder.contents(of: name, limit: PendingEntry.maximumSize)
            do throws(PendingEntryError) {
                return change.applied(to: try PendingEntry(decoding: bytes, name: name), logs: logs)
            } catch {
                notes.append(Note(message: "pending/\(name) is no entry: \(error)"))
                refuseNameTaken(fingerprint, clock: clock)
                return nil
            }
        } catch {
            if error.isMissing { return nil }
            guard Self.isHostile(error) else { throw error }
            notes.append(Note(message: "pending/\(name) is no entry: \(error)"))
            refuseNameTaken(fingerprint, clock: clock)
            return nil
        }
    }

    /// A link, a FIFO, a folder, a file too large, not ours, or on a bad block: one name that is no entry must not stop all others.
    static func isHostile(_ error: SystemError) -> Bool {
        [ELOOP, EPERM, EFBIG, ENXIO, EACCES, EIO, EISDIR].contains(error.code)
    }

    private mutating func publish(_ entry: PendingEntry, clock: Int64) throws(SystemError) {
        let name = entry.fingerprint.description
        let temporary = SharedFiles.draftPrefix + name
        guard let isNew = changes[entry.fingerprint]?.isNew else { return }
        do throws(SystemError) {
            if isNew { try folder.renameNew(temporary, to: name) } else { try folder.exchange(temporary, with: name) }
        } catch {
            if isNew && error.code == EEXIST {
                refuseNameTaken(entry.fingerprint, clock: clock)
            } else if !isNew && error.isMissing {
                // trustctl has decided meanwhile: it must not come back.
                forget(entry.fingerprint)
            } else {
                throw error
            }
            try folder.remove(temporary)
            return
        }
        mustSynchronize = true
        // Known since now, not before: another sighting must not look for a file that is not there yet.
        if let change = changes[entry.fingerprint] { census.settled(entry.fingerprint, change) }
        settle(entry.fingerprint)
        if var known = census[entry.fingerprint] {
            known.hasCertificate = entry.certificate != nil
            known.block = known.block ?? entry.addresses.first?.block
            census[entry.fingerprint] = known
        }
        if isNew { announcements.append(entry) } else { try folder.remove(temporary) }
    }
}
