import Certificates
import Doctor
import EximControl
import Glibc
import Host
import Status
import SystemPackage
import Trust
import TrustCore

extension NotifyFacts {
    /// What is so now, read as any member of group trustd can. What cannot be read is told too. Only what `told` does not hold has details.
    init(_ local: LocalTrust, _ told: Told, now: Timestamp = .now) {
        self.init(now: now)
        host = Self.hostName
        doctor = KeptFindings(in: local.configuration.ledger)
        lookAtFleet(local)
        // A console has no trustd.
        if fleet?.isConsole == true { unknown.insert(.room) } else { look(at: local.configuration) }
        do throws(Failure) { try look(at: try local.look(recovering: false), local, told) } catch {
            unknown.formUnion([.stillTrusted, .closed, .pending, .renewal, .invitation, .ending])
            troubles.append(
                .init(kind: .trouble, name: "books", text: "what is decided cannot be read: \(error.reason)", hint: error.hint))
        }
        lookForInterruption(local)
    }

    /// How this host is called, as far as its own answer is a host's name.
    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, 255) == 0 else { return "localhost" }
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return MailAddress.isHostName(text) ? text : "localhost"
    }
}

// trustd.
extension NotifyFacts {
    /// How long trustd may be away: systemd starts it again at once.
    private static let absence = Duration.seconds(3)
    /// How many seconds it may be behind.
    private static let lag: Int64 = 600

    private mutating func look(at configuration: Configuration) {
        defer { if refused == nil { unknown.insert(.room) } }
        let deadline = Clock.monotonic + Self.absence
        while true {
            let problem = follow(configuration)
            if problem == nil || problem?.exit != .notReloaded || Clock.monotonic >= deadline {
                guard let problem else { return }
                return troubles.append(.init(kind: .follower, name: "follower", text: problem.reason, hint: problem.hint))
            }
            usleep(100_000)
        }
    }

    /// Why trustd does not follow; nil when it does, as far as this user may see.
    private mutating func follow(_ configuration: Configuration) -> Failure? {
        do throws(Failure) {
            let (progress, stuck) = try StatusCommand.look(configuration)
            refused = progress.status.map { status in
                let lost = status.refused.filter { Refusal.forLackOfRoom.contains($0.key) }.reduce(UInt64(0)) { $0 &+ $1.value }
                return Int64(clamping: lost)
            }
            // Who may not see how large the log is believes trustd, which says how far it is behind.
            if let problem = StatusCommand.problem(progress, stuck), problem.exit != .notPermitted {
                return progress.isAlive && progress.status != nil ? said(problem) : problem
            }
            for log in progress.status?.logs ?? [] {
                guard let lag = progress.lag(of: log), lag.bytes > 0, lag.seconds > Self.lag else { continue }
                let name = QuotedText(log.name)
                return Failure("trustd is \(lag.seconds / 60) minutes behind in \(name)", .notReloaded, hint: LogProgress.remedy)
            }
            return nil
        } catch {
            return error
        }
    }
}

extension NotifyFacts {
    /// The attack: trustd's user writes advice of his own as the trouble of a log. It stands in quotation marks too.
    private func said(_ problem: Failure) -> Failure {
        Failure("trustd says \(QuotedText(printable: problem.reason, columns: 150))", problem.exit, hint: problem.hint)
    }
}

// What is decided, and what waits.
extension NotifyFacts {
    /// As many news have details: more are never shown.
    private static let mostDetails = 2 * Digest.mostEntries
    /// The seconds for which a closed invitation is worth telling.
    private static let remembered: Int64 = 30 * 86_400

    private mutating func look(at known: Register, _ local: LocalTrust, _ told: Told) throws(Failure) {
        var register = known
        try register.lookAtMany()
        if register.isListGone {
            troubles.append(
                .init(
                    kind: .trouble, name: "list", text: "the trust list is missing: what exim trusts is unknown", hint: "trustctl doctor"
                ))
        }
        if let failure = register.queueFailure {
            unknown.formUnion([.pending, .renewal])
            troubles.append(.init(kind: .trouble, name: "queue", text: failure.reason, hint: failure.hint))
        }
        stillTrusted = register.back.map { record in
            Approved(fingerprint: record.fingerprint, label: record.label, why: record.last?.past ?? "")
        }
        lookAtApproved(register)
        lookAtPending(register, told)
        do throws(SystemError) { try lookAtBooks(register) } catch { throw Failure(error) }
    }

    /// The seconds after the end of an approval in which its timer, which comes every ten minutes, takes it out.
    private static let grace: Int64 = 1_200

    /// Those that end soon, and those whose approval is over. One that is followed by another approved one with its key and subject is done with.
    private mutating func lookAtApproved(_ register: Register) {
        let soon = now.seconds + (Self.days.max() ?? 0) * 86_400
        var latest: [String: Timestamp] = [:]
        var ending: [(Approved, String)] = []
        for record in register.briefs(register.fingerprints(.approved)) {
            var one = Approved(fingerprint: record.fingerprint, label: record.label)
            if let until = record.terms.until, until.seconds + Self.grace < now.seconds {
                one.why = "its approval ended on \(until.day); `trustctl expire` takes it out"
                stillTrusted.append(one)
            }
            // Whichever comes first: the certificate ends, or its approval does.
            guard let end = [record.outline?.notAfter, record.terms.until].compactMap({ $0 }).min() else { continue }
            let holder = record.outline.map { "\($0.spkiSHA256) \($0.subject)" } ?? "\(record.fingerprint)"
            latest[holder] = max(latest[holder] ?? end, end)
            guard end > now, end.seconds <= soon else { continue }
            one.ends = end
            ending.append((one, holder))
        }
        self.ending = ending.filter { one, holder in latest[holder] == one.ends }.map(\.0).sorted {
            ($0.ends ?? now, $0.fingerprint) < ($1.ends ?? now, $1.fingerprint)
        }
    }

    private mutating func lookAtPending(_ register: Register, _ told: Told) {
        pending = register.entries.filter { register.state(of: $0.fingerprint) == .pending }.map {
            Waiting(fingerprint: $0.fingerprint, firstSeen: $0.firstSeen)
        }
        let new = pending.indices.filter { index in
            !told.holds(Tiding(kind: .pending, name: "\(pending[index].fingerprint)", number: pending[index].firstSeen.seconds))
        }
        guard !new.isEmpty else { return }
        let warnings = Warnings(register, now: now)
        let renewals = Dictionary(warnings.renewals().map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        let newest = new.sorted { pending[$1].firstSeen < pending[$0].firstSeen }
        let renewing = new.filter { renewals[pending[$0].fingerprint] != nil }
        for index in newest.prefix(Self.mostDetails) + renewing {
            let record = register.brief(pending[index].fingerprint)
            let seen = record.seen
            var details = Waiting.Details(sightings: seen.sightings ?? 1, from: seen.addresses.last.map { Printable($0).description })
            details.subject = record.shownTitle
            let renewal = renewals[record.fingerprint]
            details.renews = renewal.map { ($0.name, $0.ends) }
            details.warnings = renewal == nil ? warnings.words(for: record) : renewal?.theft == nil ? [] : ["key stolen?"]
            if record.outline?.mayClaimInvitation ?? false { details.warnings.append("says that it was invited") }
            pending[index].details = details
        }
    }

    /// The invitations are root's alone; the ledger says which were made and ended.
    private mutating func lookAtBooks(_ register: Register) throws(SystemError) {
        var open: [String: Invited] = [:]
        var closed: [Invited] = []
        var count: Int64 = 0
        try register.books.eachEntry { _, entry in
            guard let entry else { return }
            // These decide nothing that somebody was told of.
            if ![.expire, .mend, .close].contains(entry.decision.action) { count += 1 }
            guard let name = entry.effects.invitation else { return }
            let time = Timestamp(rfc3339: entry.done ?? entry.decision.time) ?? now
            if entry.decision.action == .invite {
                let promised = entry.effects.invited
                open[name] = Invited(
                    name: name, label: promised?.label, made: time,
                    expires: promised.flatMap { Timestamp(rfc3339: $0.expires) } ?? time)
                return
            }
            guard var ended = open.removeValue(forKey: name), entry.decision.action == .close else { return }
            ended.isClosed = true
            if time.seconds + Self.remembered > now.seconds { closed.append(ended) }
        }
        invitations = (open.values.filter { $0.expires >= now } + closed).sorted { ($0.made, $0.name) < ($1.made, $1.name) }
        decisions = count
    }

    /// The seconds that a change may take.
    private static let longestChange: Int64 = 600

    private mutating func lookForInterruption(_ local: LocalTrust) {
        var status = stat()
        guard stat(local.transaction.journal.file.string, &status) == 0,
            Int64(status.st_mtim.tv_sec) + Self.longestChange < now.seconds
        else { return }
        troubles.append(
            .init(
                kind: .trouble, name: "interrupted",
                text: "a change was interrupted: what was to be revoked may be STILL TRUSTED", hint: "trustctl list as root ends it"))
    }
}
