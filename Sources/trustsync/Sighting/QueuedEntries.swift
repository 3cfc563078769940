import FleetCarrier
import SystemPackage
import TrustCore

/// What trustd has queued on this relay, as far as the database has not heard of it. trustd's folder is another user's, and its files say what
/// strangers have caused: nothing in them is more than hearsay.
struct QueuedEntries {
    /// A relay's room in the database.
    static let most = FleetSchema.sightingsOfOne
    /// Entries that are told at once.
    static let mostAtOnce = 500
    /// A new entry is told at once, but not more often than this; its counters are gathered for longer.
    static let interval: Duration = .seconds(1)
    static let countersInterval: Duration = .seconds(10)

    /// What the database has of an entry.
    struct Told: Equatable {
        let lastSeen: Int64
        let sightings: Int64
    }

    private let path: FilePath
    /// By what the database has, or is told now.
    private var told: [Fingerprint: Told] = [:]
    /// When each file was written that the database has heard of, in nanoseconds.
    private var written: [Fingerprint: Int64] = [:]
    private var lastLook: Duration?
    private var lastCounters: Duration?
    /// Whether something has changed since the last look.
    private var isDirty = true
    /// Nothing is told before: the database has no room.
    private var restsUntil: Duration?

    init(_ path: FilePath) { self.path = path }

    mutating func changed() { isDirty = true }

    /// A new connection: the database has these.
    mutating func begin(_ theirs: [Fingerprint: Told]) {
        (told, written) = (theirs, [:])
        (lastLook, lastCounters, isDirty, restsUntil) = (nil, nil, true, nil)
    }

    mutating func rest(until time: Duration) { restsUntil = time }

    /// When to look again; nil: when something has changed.
    func due(now: Duration) -> Duration? {
        guard isDirty else { return nil }
        return max(lastLook.map { $0 + Self.interval } ?? now, restsUntil ?? now)
    }

    /// What is to be told, if it is time.
    struct News {
        var new: [PendingEntry] = []
        var counted: [PendingEntry] = []
        var gone: [Fingerprint] = []

        var isEmpty: Bool { new.isEmpty && counted.isEmpty && gone.isEmpty }
        var fingerprints: [Fingerprint] { (new + counted).map(\.fingerprint) }
    }

    mutating func news(now: Duration) throws(SystemError) -> News? {
        guard let due = due(now: now), due <= now else { return nil }
        (isDirty, lastLook) = (false, now)
        let areCountersDue = lastCounters.map { now - $0 >= Self.countersInterval } ?? true
        if areCountersDue { lastCounters = now }
        let folder: Folder
        do throws(SystemError) { folder = try Folder(path) } catch {
            // trustd has not run yet.
            if error.isMissing { return nil }
            throw error
        }
        var news = News()
        var here: Set<Fingerprint> = []
        // Beyond this many the database has no room for us.
        for name in try folder.names(atMost: Self.most, where: { $0.first != "." }).names {
            guard let fingerprint = try? Fingerprint(exactly: name.utf8) else { continue }
            here.insert(fingerprint)
            guard let time = try? folder.modified(name), written[fingerprint] != time else { continue }
            let isNew = told[fingerprint] == nil
            guard isNew || areCountersDue, news.new.count + news.counted.count < Self.mostAtOnce else {
                isDirty = true
                continue
            }
            // Removed meanwhile, or none: looked at again when it is another file.
            guard let bytes = try? folder.contents(of: name, limit: PendingEntry.maximumSize),
                let entry = try? PendingEntry(decoding: bytes, name: name)
            else {
                written[fingerprint] = time
                continue
            }
            written[fingerprint] = time
            if isNew { news.new.append(entry) } else if told[fingerprint] != Told(entry) { news.counted.append(entry) }
        }
        news.gone = told.keys.filter { !here.contains($0) }.prefix(Self.mostAtOnce).map { $0 }
        if news.gone.count == Self.mostAtOnce { isDirty = true }
        written = written.filter { here.contains($0.key) }
        return news
    }

    func isTold(_ fingerprint: Fingerprint) -> Bool { told[fingerprint] != nil }

    /// The database has these now.
    mutating func told(_ entries: [PendingEntry]) { for entry in entries { told[entry.fingerprint] = Told(entry) } }
    mutating func forgot(_ fingerprints: [Fingerprint]) { for one in fingerprints { told[one] = nil } }

    /// It has not taken them: they are told again.
    mutating func refused(_ news: News) {
        for one in news.fingerprints { written[one] = nil }
        isDirty = true
    }
}

extension QueuedEntries.Told {
    init(_ entry: PendingEntry) {
        self.init(lastSeen: entry.lastSeen.seconds, sightings: Int64(clamping: max(entry.sightings, 1)))
    }
}
