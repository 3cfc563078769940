import FleetCarrier
import Postgres
import TrustCore

/// One connection to the fleet's database, from its beginning to its end. Whatever comes from there is hostile.
struct Session: ~Copyable {
    /// Why it ends.
    enum End: Error {
        case failure(PostgresFailure)
        /// Somebody has to mend it.
        case wrong(String, hint: String)
    }

    var connection: PostgresConnection
    let settings: PostgresPlace.Settings
    let poll: Duration
    private let isConsole: Bool
    private(set) var way = CarrierStatus.Way.notified
    /// By the server's transactions, in this session only: they start anew after a dump is restored, and are used again after a failover.
    var horizon: Int64 = 0
    var receiptHorizon: Int64 = 0
    /// The last receipt that came from each relay.
    var receipts: [String: RecordName] = [:]
    private var nextPoll: Duration = .zero
    private var nextComparison: Duration = .zero
    /// A notification without its text has come, or one too many.
    private var isUnread = false
    private var areReceiptsUnread = false
    /// Something has changed of what waits on the relays.
    private var areSightingsUnread = false
    private var lastSightings: Duration = .zero
    /// Whether the database tells this session of receipts.
    private var hearsReceipts = false
    private var lastRead: Duration = .zero
    /// The database takes nothing before.
    var quotaEnds: Duration = .zero
    /// What a notification says is taken as it is, so often; then it is read from the table, where a forger must at least have put it.
    private var notified = Allowance(count: 20, each: .seconds(1))

    static let connectLimit: Duration = .seconds(3)
    private static let readInterval: Duration = .seconds(1)
    private static let comparisonInterval: Duration = .seconds(3_600)
    private static let receiptInterval: Duration = .seconds(120)

    init(to settings: PostgresPlace.Settings, _ file: FleetFile) throws(PostgresFailure) {
        connection = try PostgresConnection(to: settings, within: Self.connectLimit)
        self.settings = settings
        poll = .seconds(file.database.poll)
        isConsole = file.member == nil
    }

    /// Whose database it is, what is new to both sides, and whether notifications arrive.
    mutating func begin(_ carrier: inout Carrier) throws(End) {
        let about: (version: Int64, fleet: String)?
        do throws(PostgresFailure) {
            about = try self.about()
        } catch { throw .failure(error) }
        guard let about else { throw .wrong("the database says nothing of a fleet", hint: "trustctl fleet sql | psql -d DATABASE") }
        guard about.version == FleetSchema.version else {
            throw .wrong(
                "the database has the form \(about.version), and this trustsync knows \(FleetSchema.version)",
                hint: "use the same version of both")
        }
        guard about.fleet == carrier.file.fleet.name else {
            throw .wrong(
                "the database is that of the fleet “\(Printable(about.fleet, limit: 70))”, and this host belongs to \(carrier.file.fleet.name)",
                hint: "correct `database` in fleet.conf")
        }
        do throws(PostgresFailure) { try prepare(&carrier) } catch { throw .failure(error) }
    }

    private mutating func about() throws(PostgresFailure) -> (version: Int64, fleet: String)? {
        do throws(PostgresFailure) {
            let answer = try connection.ask("SELECT version, fleet FROM trust.about")
            guard answer.count == 1, let version = answer.number(0, 0), let fleet = answer.text(0, 1) else { return nil }
            return (version, fleet)
        } catch {
            // No such schema or table, or none that this login may read.
            if ["3F000", "42P01"].contains(error.state) { return nil }
            throw error
        }
    }

    private mutating func prepare(_ carrier: inout Carrier) throws(PostgresFailure) {
        for channel in ["trust_decision"] + (isConsole ? ["trust_sighting"] : []) { _ = try connection.ask("LISTEN \(channel)") }
        horizon = try snapshot()
        carrier.begin()
        carrier.look()
        try submitOutbox(&carrier)
        try compare(&carrier)
        way = try notificationsArrive() ? .notified : .polling
        carrier.reporter.connected(to: DatabasePlaces.name(settings), way)
        if way == .polling {
            carrier.reporter.trouble("notifications do not arrive")
            carrier.reporter.say(
                "way", "notifications do not arrive: something stands between, and takes LISTEN without a word; asked often instead",
                hint: "PgBouncer: pool_mode = session, or go around it")
        }
        nextComparison = Clock.monotonic + Self.comparisonInterval
        if carrier.queued != nil {
            let own = try readOwnSightings()
            carrier.queued?.begin(own)
        }
        areSightingsUnread = true
        do throws(SystemError) { try carrier.mirror?.begin() } catch { carrier.reporter.say("mirror", "\(error)") }
    }

    /// A console hears of all relays. A relay only for a while after somebody has decided there: a thousand that always heard of each other
    /// would be a million receipts every ten minutes.
    private mutating func listenForReceipts(_ carrier: borrowing Carrier, now: Duration) throws(PostgresFailure) {
        let wants = isConsole || carrier.decided.map { now - $0 < Self.receiptInterval } ?? false
        guard wants != hearsReceipts else { return }
        _ = try connection.ask("\(wants ? "LISTEN" : "UNLISTEN") trust_receipt")
        (hearsReceipts, areReceiptsUnread) = (wants, wants)
    }

    /// All that is due. Returns when there is more to do.
    mutating func turn(_ carrier: inout Carrier) throws(PostgresFailure) -> Duration {
        let start = Clock.monotonic
        for one in try connection.notifications() { take(one, &carrier, now: start) }
        let isPollDue = start >= nextPoll
        if isPollDue || isUnread && start - lastRead >= Self.readInterval {
            (isUnread, lastRead) = (false, start)
            try readNew(&carrier)
            carrier.retry()
            nextPoll = start + (way == .notified ? poll : min(poll, .seconds(2))) * Double.random(in: 0.8...1.2)
        }
        if isPollDue { carrier.certificates.askAgain() }
        try bringCertificates(&carrier)
        try listenForReceipts(carrier, now: start)
        if hearsReceipts, areReceiptsUnread || isPollDue {
            areReceiptsUnread = false
            try readReceipts(&carrier)
        }
        if start >= quotaEnds { try submitOutbox(&carrier) }
        try giveReceipt(&carrier)
        if (carrier.mustCompare || start >= nextComparison), carrier.handover.hasRoom {
            nextComparison = start + Self.comparisonInterval
            try compare(&carrier)
        }
        let more = try heal(&carrier, now: start)
        if isPollDue { carrier.queued?.changed() }
        let sightings = try giveSightings(&carrier, now: start)
        try releaseCertificates(&carrier)
        let mirror = try mirrorSightings(&carrier, isPollDue, now: start)
        carrier.flush()
        carrier.reporter.count(outbox: carrier.outbox.count, missing: carrier.healing.count, accepted: carrier.accepted.count)
        // What has come while something was asked: nothing more comes by which we would wake.
        let late = try connection.notifications()
        for one in late { take(one, &carrier, now: start) }
        guard late.isEmpty else { return start }
        return [nextPoll, more, sightings, mirror, isUnread ? lastRead + Self.readInterval : nil].compactMap { $0 }.min() ?? nextPoll
    }

    /// On a console, and at most once a second: whoever sees new certificates can notify. When to look again.
    private mutating func mirrorSightings(
        _ carrier: inout Carrier, _ isPollDue: Bool, now: Duration
    ) throws(PostgresFailure) -> Duration? {
        guard carrier.mirror != nil else { return nil }
        areSightingsUnread = areSightingsUnread || isPollDue
        guard areSightingsUnread else { return nil }
        guard now - lastSightings >= Self.readInterval else { return lastSightings + Self.readInterval }
        (areSightingsUnread, lastSightings) = (false, now)
        try readSightings(&carrier, since: Timestamp(seconds: Timestamp.now.seconds - carrier.pendingTTL))
        return nil
    }

    private mutating func take(_ one: PostgresNotification, _ carrier: inout Carrier, now: Duration) {
        switch one.channel {
        case "trust_receipt": areReceiptsUnread = true
        case "trust_sighting": areSightingsUnread = true
        case "trust_decision":
            guard notified.nextRoom(now: now) == nil else {
                isUnread = true
                return
            }
            notified.use()
            switch NotifiedRecord(one.payload) {
            case .record(let record):
                if !carrier.knows(record.name), record.isDecision(of: carrier.file.fleet) { carrier.take(record) }
            case .unsaid: isUnread = true
            case .junk: break
            }
        default: break
        }
    }

    /// The oldest transaction that is still under way: nothing that is committed later is older.
    mutating func snapshot() throws(PostgresFailure) -> Int64 {
        let answer = try connection.ask("SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())")
        return answer.number(0, 0) ?? 0
    }

    /// Whether what another session notifies comes to this one. Some poolers take LISTEN and throw the notifications away.
    private mutating func notificationsArrive() throws(PostgresFailure) -> Bool {
        let channel = "trust_test_\(UInt64.random(in: 0...UInt64.max))"
        do throws(PostgresFailure) {
            _ = try connection.ask("LISTEN \(channel)")
            let server = try connection.ask("SELECT pg_catalog.pg_backend_pid()").number(0, 0)
            if server == Int64(connection.serverProcess) {
                _ = try connection.ask("NOTIFY \(channel)")
            } else {
                // A pooler hands over what its server says at once, and loses what it says later.
                var other = try PostgresConnection(to: settings, within: Self.connectLimit)
                _ = try other.ask("NOTIFY \(channel)")
            }
        } catch {
            guard error.state != nil else { throw error }
            return false
        }
        var hasCome = false
        let end = Clock.monotonic + .seconds(2)
        while !hasCome, Clock.monotonic < end {
            for one in try connection.notifications() {
                if one.channel == channel { hasCome = true } else { isUnread = true }
            }
            if !hasCome { connection.wait(for: min(end - Clock.monotonic, .milliseconds(500))) }
        }
        _ = try connection.ask("UNLISTEN \(channel)")
        return hasCome
    }
}
