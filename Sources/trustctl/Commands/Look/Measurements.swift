import Certificates
import Doctor
import EximControl
import Host
import Status
import Trust
import TrustCore

/// All numbers about this relay that a monitoring system may want. Looking needs neither root nor Exim.
struct Measurements {
    /// What trustd says of itself; nil when it has never followed a log, or that cannot be read.
    var follower: LogProgress?
    /// What is decided and what waits; nil when it cannot be read.
    var books: Figures?
    /// Why `books` is nil.
    var failure: Failure?
    /// What the doctor found last; nil when it has kept nothing.
    var doctor: KeptFindings?
    /// Nil on a host without fleet.conf, and when it cannot be read.
    var fleet: FleetFigures?
    /// Why `fleet` is nil on a host that has fleet.conf.
    var fleetFailure: Failure?
    let now: Timestamp

    struct Figures {
        var pending: [Timestamp] = []
        var isQueueReadable = true
        var isListMissing = false
        var approved = 0
        var denied = 0
        /// When approved certificates end, as far as it is known.
        var ends: [Timestamp] = []
        /// How many decisions there were of each kind.
        var decisions: [Decision.Action: Int] = [:]
        /// When the last one was done.
        var lastDecision: Timestamp?
        /// When Exim was seen to have read what a decision had changed.
        var lastProof: Timestamp?
    }

    init(_ local: LocalTrust, now: Timestamp = .now) {
        self.now = now
        follower = try? LogProgress(local.configuration)
        doctor = KeptFindings(in: local.configuration.ledger)
        do throws(Failure) { fleet = try FleetFigures(local) } catch { fleetFailure = error }
        do throws(Failure) { books = try Self.figures(local) } catch { failure = error }
    }

    private static func figures(_ local: LocalTrust) throws(Failure) -> Figures {
        var register = try local.look()
        try register.lookAtMany()
        var figures = Figures()
        figures.pending = register.fingerprints(.pending).map { register.brief($0).entry?.firstSeen ?? .now }
        figures.isQueueReadable = register.queueFailure == nil
        figures.isListMissing = register.isListGone
        figures.denied = register.fingerprints(.denied).count
        for record in register.briefs(register.fingerprints(.approved)) {
            figures.approved += 1
            if let outline = record.outline { figures.ends.append(outline.notAfter) }
        }
        do throws(SystemError) {
            try register.books.eachEntry { _, entry in
                guard let entry else { return }
                figures.decisions[entry.decision.action, default: 0] += 1
                let done = Timestamp(rfc3339: entry.done ?? entry.decision.time)
                figures.lastDecision = done
                if entry.effects.list != nil { figures.lastProof = done }
            }
        } catch { throw Failure(error) }
        return figures
    }

    /// The seconds since the oldest one that waits was first seen.
    var oldestPending: Int64? { books?.pending.min().map { max(0, now.seconds - $0.seconds) } }

    /// How many approved certificates end within so many days and have not ended yet.
    func ending(withinDays days: Int64) -> Int {
        books?.ends.filter { $0.seconds >= now.seconds && $0.seconds < now.seconds + days * 86_400 }.count ?? 0
    }
}
