import Glibc
import LogLine
package import TrustCore

extension PendingQueue {
    /// Writes what was gathered. When it returns, all of it can be seen, and `synchronize` makes it last; when it throws, what is not
    /// written stays gathered and may be written again. Every file appears whole or not at all, whenever the program is killed.
    ///
    /// `alive` is called between the steps: a slow disk is no reason for the service manager to kill us.
    package mutating func write(clock: Duration, alive: () -> Void = {}) throws(SystemError) {
        let fingerprints = batch.fingerprints
        do {
            let drafts = folder.drafts(fingerprints.count)
            let staged = try stage(fingerprints, drafts, clock: clock, alive)
            alive()
            try folder.synchronize(drafts, alive)
            alive()
            for entry in staged {
                try publish(entry, clock: clock)
                alive()
            }
        } catch {
            folder.abandonDrafts()
            // On a full disk the drafts would take the room that the next attempt needs.
            for fingerprint in fingerprints { _ = try? folder.removeDraft(fingerprint) }
            throw error
        }
    }

    /// When it returns, what was written survives a loss of power. Only then may a position behind it be saved.
    package mutating func synchronize() throws(SystemError) { try folder.synchronize() }

    /// Writes all entries under temporary names.
    private mutating func stage(
        _ fingerprints: [Fingerprint], _ drafts: EntryFolder.Drafts, clock: Duration, _ alive: () -> Void
    ) throws(SystemError) -> [PendingEntry] {
        var staged: [PendingEntry] = []
        for fingerprint in fingerprints {
            guard let gathered = batch[fingerprint], let entry = try entry(of: fingerprint, with: gathered, clock: clock) else {
                forget(fingerprint)
                continue
            }
            try folder.writeDraft(entry, drafts)
            staged.append(entry)
            alive()
        }
        return staged
    }

    /// Nil when trustctl has removed it, and when something else has its name.
    private mutating func entry(of fingerprint: Fingerprint, with gathered: GatheredSightings, clock: Duration) throws(SystemError)
        -> PendingEntry?
    {
        if gathered.isNew { return gathered.entry(of: fingerprint, logs: logs) }
        switch try folder.content(of: fingerprint.description) {
        case .entry(let entry): return gathered.added(to: entry, logs: logs)
        case .missing: return nil
        case .other(let reason):
            notes.append(Note(message: "pending/\(fingerprint) is not an entry: \(reason)"))
            refuseNameTaken(fingerprint, clock: clock)
            return nil
        }
    }

    private mutating func publish(_ entry: PendingEntry, clock: Duration) throws(SystemError) {
        let fingerprint = entry.fingerprint
        guard let isNew = batch[fingerprint]?.isNew else { return }
        switch try folder.publish(fingerprint, isNew: isNew) {
        case .nameTaken: refuseNameTaken(fingerprint, clock: clock)
        case .removed: forget(fingerprint)
        case .done:
            // Only from now on the next sighting may look for the file.
            if let gathered = batch.remove(fingerprint) { index.wrote(entry, gathered) }
            if isNew { announcements.append(entry) } else { try folder.removeDraft(fingerprint) }
        }
    }

    private mutating func refuseNameTaken(_ fingerprint: Fingerprint, clock: Duration) {
        let sightings = batch[fingerprint]?.sightings ?? 0
        forget(fingerprint)
        if sightings > 0 { refuse(.nameTaken, fingerprint, sightings: sightings, clock: clock) }
    }

    /// Its file is gone, or never came.
    mutating func forget(_ fingerprint: Fingerprint) {
        index[fingerprint] = nil
        batch.remove(fingerprint)
    }
}

extension PendingQueue {
    /// Names of other files that are mentioned.
    private static let maximumNamed = 3

    mutating func load() throws(SystemError) {
        let others = try folder.read { index.add($0, logs: logs) }
        guard !others.isEmpty else { return }
        let named = others.sorted().prefix(Self.maximumNamed).map { "“\(Printable($0, limit: 80))”" }.joined(separator: ", ")
        let more = others.count > Self.maximumNamed ? ", …" : ""
        notes.append(Note(message: "\(others.count) of the names in \(folder.path) are not entries and are left alone: \(named)\(more)"))
    }

    /// Goes on with the folder that stands in the place of ours, if there is another one: what is in that one is what is pending.
    package mutating func reopenIfReplaced() throws(SystemError) {
        guard try folder.reopenIfReplaced() else { return }
        var fresh = EntryIndex()
        for fingerprint in batch.newFingerprints { fresh[fingerprint] = index[fingerprint] }
        index = fresh
        try load()
        notes.append(Note(message: "\(folder.path) is another folder now: its entries are the pending ones"))
    }

    /// Removes the entries whose last sighting is too long ago.
    package mutating func sweep(now: Timestamp) throws(SystemError) {
        var gone = 0
        defer { if gone > 0 { notes.append(Note(message: "\(gone) entries expired: not seen for pending_ttl", severity: .information)) } }
        for (fingerprint, entry) in index.entries
        where max(entry.lastSeen, entry.readAt ?? entry.lastSeen).seconds + configuration.pendingTTL < now.seconds
            && !batch.contains(fingerprint)
        {
            try folder.remove(fingerprint)
            forget(fingerprint)
            gone += 1
        }
    }

    /// Forgets what trustctl has removed, if anything has been removed or added.
    package mutating func noticeRemovals() {
        guard index.count > 0, let changed = folder.modified, changed != noticed else { return }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // The kernel's times move in steps: another change may come in this one.
        let isOver = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) - changed > 1_000_000_000
        noticed = isOver ? changed : nil
        reconcile()
    }

    /// Forgets what trustctl has removed.
    mutating func reconcile() {
        guard let names = try? Set(folder.names()) else { return }
        for fingerprint in index.entries.keys where !batch.contains(fingerprint) && !names.contains(fingerprint.description) {
            forget(fingerprint)
        }
    }
}
