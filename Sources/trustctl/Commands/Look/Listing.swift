import EximControl
import FleetHost
import Glibc
import Host
import Trust
import TrustCore

/// What `trustctl list` shows.
struct Listing {
    var wanted = Wanted.pending
    var isLong = false
    var json = false
    var config: String?
    var filter: ListFilter

    enum Wanted: String, CaseIterable {
        case pending, approved, denied, revoked, all
    }

    func show() throws(Failure) {
        let local = try LocalTrust(config: config, progress: Terminal.progress)
        var reading = FleetReading()
        var register = try local.lookWithFleet(recovering: true, &reading)
        // trustd's user must not be able to hide who is trusted.
        if [.approved, .denied, .revoked].contains(wanted) { register.warnOfQueue() } else { try register.requireQueue() }
        try register.lookAtMany()
        let view = ListView(register: register, wanted: wanted, filter: filter)
        // Damaged decisions of the fleet hide nobody who is trusted on this relay; the doctor tells of them.
        if json { return show(document: view, try? FleetWords(local, &reading)) }
        let style = Style(for: STDOUT_FILENO)
        if style.columns != nil, !isLong {
            show(table: view, style, local.configuration)
        } else {
            show(paragraphs: view, style)
        }
        // Which way it is decides what an approved certificate needs; the ledger knows it without Exim.
        if wanted == .approved || wanted == .all, let way = register.books.way {
            Terminal.say("Exim trusts by \(way)" + (register.trustsByAuthority ? ": clients of the CA are in no list here" : ""))
        }
    }

    /// Each record is written when it is its turn: there may be a hundred thousand.
    private func show(document view: ListView, _ fleet: FleetWords?) {
        var document = JSON.Stream(array: "entries")
        for fingerprint in view.fingerprints(newestFirst: false) {
            document.add(EntriesDocument.Entry(view.register[fingerprint], view.warnings, fleet: fleet))
        }
        document.end()
    }

    private func show(paragraphs view: ListView, _ style: Style) {
        let fingerprints = view.fingerprints(newestFirst: false)
        if fingerprints.isEmpty { return Terminal.say(nothing) }
        var isFirst = true
        for fingerprint in fingerprints {
            let record = view.record(fingerprint)
            let renewal = view.renewals[fingerprint]
            let warnings = renewal == nil ? view.warnings.brief(for: record) : view.warnings.past(of: record)
            let summary = Summary(
                record: record, warnings: warnings + [renewal?.theft].compactMap(\.self), style: style, withState: wanted == .all,
                renewal: renewal)
            Output.add((isFirst ? "" : "\n") + summary.text)
            isFirst = false
        }
        Output.flush()
    }

    private func show(table view: ListView, _ style: Style, _ configuration: Configuration) {
        let fingerprints = view.fingerprints(newestFirst: true)
        let trustd = Headline.Trustd(configuration)
        let headline = Headline(
            pending: view.register.count(.pending), approved: view.register.count(.approved), refused: trustd.refused,
            denied: wanted == .denied ? view.register.count(.denied) : nil,
            revoked: wanted == .revoked && !filter.isNarrow ? fingerprints.count : nil, matching: filter.isNarrow ? fingerprints.count : nil
        )
        Output.add(Paragraph(headline.text).wrapped(to: style.columns ?? 80) + "\n")
        if fingerprints.isEmpty {
            Output.flush()
            Terminal.say(nothing)
            return Terminal.say("hint: \(hint(trustd))")
        }
        let table = ListTable(wanted: wanted, now: view.now, isOfFleet: view.register.fleet != nil)
        table.print(fingerprints.lazy.map { view.record($0) }, { view.words(for: $0) }, style) { Output.add($0) }
        Output.flush()
        if wanted == .pending { Terminal.say("next: `trustctl review`, or show, approve, deny with the 16 digits") }
    }

    private var nothing: String {
        if filter.isNarrow { return "nothing that is listed matches" }
        return wanted == .all ? "nothing is known yet" : "nothing is \(wanted.rawValue)"
    }

    /// What somebody does who finds nothing.
    private func hint(_ trustd: Headline.Trustd) -> String {
        if filter.isNarrow { return "`trustctl list --state \(wanted)` without --grep and --since shows all of them" }
        switch wanted {
        case .pending where trustd.follows == false: return "no trustd follows the log: `trustctl status` says why"
        case .pending, .all:
            return "a client is here after its first attempt to send: have it try; `trustctl status` says what trustd has read"
        case .approved: return "`trustctl list` shows who waits; `trustctl approve` lets one relay"
        case .denied: return "`trustctl list` shows who waits; `trustctl deny` keeps one out"
        case .revoked: return "`trustctl list --state approved` shows who may relay"
        }
    }
}

/// The records that `filter` leaves, each joined when it is asked for.
struct ListView {
    let register: Register
    let wanted: Listing.Wanted
    let filter: ListFilter
    let now = Timestamp.now
    let warnings: Warnings
    /// What is pending and renews an approved one.
    private(set) var renewals: [Fingerprint: Renewal] = [:]

    init(register: Register, wanted: Listing.Wanted, filter: ListFilter) {
        (self.register, self.wanted, self.filter) = (register, wanted, filter)
        warnings = Warnings(register)
        guard wanted == .pending || wanted == .all else { return }
        renewals = Dictionary(warnings.renewals().map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// With as much as lists show.
    func record(_ fingerprint: Fingerprint) -> Record { wanted == .revoked ? register[fingerprint] : register.brief(fingerprint) }

    /// What somebody should know of it, in a few words.
    func words(for record: Record) -> [String] {
        guard let renewal = renewals[record.fingerprint] else { return warnings.words(for: record) }
        return (renewal.theft == nil ? [] : ["key stolen?"]) + ["renews \(renewal.name)"]
    }

    /// In the order that was asked for. Otherwise those seen last come last, nearest to the prompt; in a table, which a person reads from its
    /// head, those seen or decided last come first.
    func fingerprints(newestFirst: Bool) -> [Fingerprint] {
        var found = all
        if filter.isNarrow { found = found.filter { filter.wants(record($0), warnings, now: now) } }
        let isOfDecided = [.approved, .denied, .revoked].contains(wanted)
        guard let order = filter.sort ?? (newestFirst && isOfDecided ? .decided : nil) else {
            if newestFirst { found.reverse() }
            return renewals.isEmpty ? found : found.filter { renewals[$0] != nil } + found.filter { renewals[$0] == nil }
        }
        return found.map { (key: order.key(of: record($0)), fingerprint: $0) }
            .sorted { ($0.key, $0.fingerprint) < ($1.key, $1.fingerprint) }.map(\.fingerprint)
    }

    private var all: [Fingerprint] {
        guard wanted == .revoked else { return register.fingerprints(TrustState(rawValue: wanted.rawValue)) }
        return register.revoked.map { (lastSeen: $0.lastSeen ?? "", fingerprint: $0.fingerprint) }
            .sorted { ($0.lastSeen, $0.fingerprint) < ($1.lastSeen, $1.fingerprint) }.map(\.fingerprint)
    }
}
