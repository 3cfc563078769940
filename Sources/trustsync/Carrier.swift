import FleetCarrier
import SystemPackage
import TrustCore

/// What this host has, as far as it is carried: what root has accepted, what operators have decided, what goes to root.
///
/// It goes on without a database: what an operator has decided here reaches root here all the same.
struct Carrier: ~Copyable {
    let file: FleetFile
    let folders: CarrierFolders
    private(set) var accepted: AcceptedRecords
    var handover: Handover
    var outbox: Outbox
    var reporter: Reporter
    /// What root has signed last; nil when it was given to the database.
    var receipt: CarriedRecord?
    private var lastReceipt: RecordName?
    /// What trustd has queued here; nil on a console.
    var queued: QueuedEntries?
    /// What the relays have queued; nil on a relay, and where there is no place for it.
    var mirror: Mirror?
    /// The certificates of what the fleet approves.
    var certificates: CertificateNeeds
    /// Seconds after which what was not seen any more is forgotten.
    let pendingTTL: Int64
    /// What the database lacks.
    var healing: [RecordName] = []
    /// Half of what the database takes from one login.
    var healingAllowance = Allowance(count: 10_000, bytes: 16 << 20, each: .seconds(3_600))
    var mustCompare = false
    /// Whether a database is told what is new here. Else the comparison at the next connection finds it.
    var isConnected = false
    /// When something was decided on this host: whoever did that waits for the relays' answers.
    private(set) var decided: Duration?
    /// Root knows more than when it refused something.
    private var mayRetry = false

    init(_ file: FleetFile, _ folders: CarrierFolders, _ settings: Configuration) throws(SystemError) {
        let inbox = try Inbox(folders.inbox)
        let outbox = try Outbox(folders.outbox)
        (self.file, self.folders) = (file, folders)
        (accepted, certificates) = (AcceptedRecords(folders.decisions), CertificateNeeds(folders.known))
        handover = Handover(inbox)
        self.outbox = outbox
        reporter = Reporter(folders.state)
        pendingTTL = settings.pendingTTL
        if file.member != nil {
            (queued, mirror) = (QueuedEntries(settings.pending), nil)
            return
        }
        queued = nil
        do throws(SystemError) { mirror = try Mirror(folders) } catch {
            mirror = nil
            reporter.say("mirror", "\(error)", hint: "what waits on the relays is not shown here: systemd-tmpfiles --create")
        }
    }

    func knows(_ name: RecordName) -> Bool { accepted.contains(name) || handover.contains(name) }

    func sums(of bucket: Int) -> (count: Int, mix: UInt64) {
        let (one, other) = (accepted.sums, handover.sums)
        return (one.counts[bucket] + other.counts[bucket], one.mixes[bucket] ^ other.mixes[bucket])
    }

    /// Hands a decision to root that came from the database, and has the certificates asked for of what it approves.
    mutating func take(_ record: CarriedRecord) {
        if handover.add(record) { certificates.coming(DecisionSayings(record.body).approved) }
    }

    /// Looks at all folders. Nothing here needs the database.
    mutating func look() {
        // First whether root has taken everything, then what it has accepted: what it took before that is in its file now.
        let isTaken = handover.isTaken()
        do throws(SystemError) {
            let isFirst = accepted.count == 0
            let new = try accepted.refresh()
            // What root has not from us: an operator has decided it here, as root, or brought it by hand.
            let own = new.filter { !handover.contains($0) }
            if isConnected { healing += own.reversed() }
            if !own.isEmpty, !isFirst { decided = Clock.monotonic }
            handover.accepted(new)
            certificates.accepted(accepted.newlyDecided(), accepted.decided)
            mayRetry = mayRetry || !new.isEmpty
            reporter.say("decisions", nil)
        } catch { reporter.say("decisions", "\(error)", hint: "is this user in the group that may read it?", severity: .error) }
        lookForReceipt()
        queued?.changed()
        do throws(SystemError) {
            for note in try outbox.refresh() { reporter.write(note) }
            let done = Set(outbox.records.map(\.name).filter { accepted.contains($0) || isTaken && handover.contains($0) })
            for record in try outbox.remove(done) where !accepted.contains(record.name) {
                reporter.write(
                    Note(
                        message: "root has not accepted the decision \(record.digest) from the outbox",
                        hint: "journalctl -u trustctl-fleet says why"))
            }
            for waiting in outbox.all where !knows(waiting.record.name) {
                if handover.add(waiting.record) { for certificate in waiting.certificates { handover.add(certificate) } }
                decided = Clock.monotonic
            }
            reporter.say("outbox", nil)
        } catch { reporter.say("outbox", "\(error)", severity: .error) }
        flush()
        retry()
    }

    /// Has what root has refused handed over again, if it may take it now.
    mutating func retry() {
        if handover.isSettled { mayRetry = false }
        guard mayRetry, isConnected, handover.retry(now: Clock.monotonic) else { return }
        (mayRetry, mustCompare) = (false, true)
    }

    private mutating func lookForReceipt() {
        let path = folders.receipt
        guard file.member != nil, let folder = try? Folder(path.removingLastComponent()),
            let bytes = try? folder.contents(of: path.lastComponent?.string ?? "", limit: CarriedRecord.maximumSize),
            let record = CarriedRecord(decoding: bytes), record.isReceipt, record.name != lastReceipt
        else { return }
        (receipt, lastReceipt) = (record, record.name)
    }

    mutating func flush() {
        if handover.flush() { mustCompare = true }
        reporter.say("inbox", handover.obstacle.map { "\($0)" }, hint: "what is new here does not reach root", severity: .error)
    }

    /// A new connection: nobody knows what this database has.
    mutating func begin() {
        outbox.forgetSubmissions()
        healing = []
        certificates.begin()
        lastReceipt = nil
        lookForReceipt()
        (mustCompare, isConnected) = (true, true)
    }
}
