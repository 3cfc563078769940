import TrustCore

extension PendingQueue {
    /// Names that are said of those that are no entries.
    private static let maximumNamed = 3

    /// Learns what is in the folder. Only trustd and root write there, and yet every name is doubted: nothing is followed, nothing waits.
    mutating func load() throws(SystemError) {
        var strange: [String] = []
        for name in try folder.names() {
            if name.hasPrefix(SharedFiles.draftPrefix) {
                // What a crash left behind: the log still holds what it was made of.
                _ = try? folder.remove(name)
                continue
            }
            do {
                let fingerprint = try Fingerprint(exactly: name.utf8)
                let entry = try PendingEntry(decoding: try folder.contents(of: name, limit: PendingEntry.maximumSize), name: name)
                census[fingerprint] = Census.Entry(
                    counted: logs.map { entry.counted[$0] ?? 0 }, lastSeen: entry.lastSeen, block: entry.addresses.first?.block,
                    hasCertificate: entry.certificate != nil)
            } catch let error as SystemError where !Self.isHostile(error) {
                if error.isMissing { continue }
                throw error
            } catch {
                strange.append(name)
            }
        }
        guard !strange.isEmpty else { return }
        let named = strange.sorted().prefix(Self.maximumNamed).map { "“\(Printable($0, limit: 80))”" }.joined(separator: ", ")
        notes.append(
            Note(
                message: "\(strange.count) of the names in \(folder.path) are no entries and are left alone: \(named)"
                    + (strange.count > Self.maximumNamed ? ", …" : "")))
    }

    /// Another folder stands in the place of ours (restored, moved, a disk mounted over it): what is in that one is what waits. Our writes
    /// would go where nobody looks.
    mutating func reopenIfReplaced() throws(SystemError) {
        guard !folder.isStillThere else { return }
        folder = try Folder.making(configuration.pending, mode: 0o750)
        var fresh = Census()
        for (fingerprint, change) in changes where change.isNew { fresh[fingerprint] = census[fingerprint] }
        census = fresh
        try load()
        notes.append(Note(message: "\(folder.path) is another folder now: on with what is in it"))
    }

    /// Removes the entries whose last sighting is too long ago.
    mutating func sweep(now: Timestamp) throws(SystemError) {
        var gone = 0
        defer { if gone > 0 { notes.append(Note(message: "\(gone) entries went: not seen for pending_ttl", severity: .information)) } }
        for (fingerprint, entry) in census.entries
        where max(entry.lastSeen, entry.readAt ?? entry.lastSeen).seconds + configuration.pendingTTL < now.seconds
            && changes[fingerprint] == nil
        {
            try folder.remove(fingerprint.description)
            forget(fingerprint)
            gone += 1
        }
    }

    /// Forgets what trustctl has removed.
    mutating func reconcile() {
        guard let names = try? Set(folder.names()) else { return }
        for fingerprint in census.entries.keys where changes[fingerprint] == nil && !names.contains(fingerprint.description) {
            forget(fingerprint)
        }
    }
}
