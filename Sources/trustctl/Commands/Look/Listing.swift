import EximControl
import Glibc
import Host
import Trust
import TrustCore

/// What `trustctl list` shows.
struct Listing: Equatable {
    var wanted = Wanted.pending
    var json = false
    var config: String?

    enum Wanted: String, CaseIterable {
        case pending, approved, denied, revoked, all
    }

    func show() throws(Failure) {
        var register = try LocalTrust(config: config, progress: Terminal.progress).look()
        // trustd's user must not be able to hide who is trusted.
        if [.approved, .denied, .revoked].contains(wanted) { register.warnOfQueue() } else { try register.requireQueue() }
        try register.lookAtMany()
        let warnings = Warnings(register)
        if wanted == .revoked {
            let records = register.revoked.map { (lastSeen: $0.lastSeen ?? "", record: $0) }
                .sorted { ($0.lastSeen, $0.record.fingerprint) < ($1.lastSeen, $1.record.fingerprint) }
            show(records.lazy.map(\.record), records.isEmpty, warnings)
        } else {
            // Those seen last come last: nearest to the prompt.
            let wanted = register.fingerprints(TrustState(rawValue: wanted.rawValue))
            if json {
                show(wanted.lazy.map { register[$0] }, wanted.isEmpty, warnings)
            } else {
                let renewals = renewals(warnings)
                let first = wanted.filter { renewals[$0] != nil }
                let inOrder = first.isEmpty ? wanted : first + wanted.filter { renewals[$0] == nil }
                show(register.briefs(inOrder), inOrder.isEmpty, warnings, renewals)
            }
        }
        // Which way it is decides what an approved certificate needs; the ledger knows it without Exim.
        if !json, wanted == .approved || wanted == .all, let way = register.books.way { Terminal.say("Exim trusts by \(way)") }
    }

    /// What is pending and renews an approved one.
    private func renewals(_ warnings: Warnings) -> [Fingerprint: Renewal] {
        guard wanted == .pending || wanted == .all else { return [:] }
        return Dictionary(warnings.renewals().map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Prints each record when it is its turn: there may be a hundred thousand.
    private func show(
        _ records: some Sequence<Record>, _ isEmpty: Bool, _ warnings: Warnings, _ renewals: [Fingerprint: Renewal] = [:]
    ) {
        if json {
            var document = JSON.Stream(array: "entries")
            for record in records { document.add(EntriesDocument.Entry(record, warnings)) }
            return document.end()
        }
        if isEmpty { return Terminal.say(wanted == .all ? "nothing is known yet" : "nothing is \(wanted.rawValue)") }
        let style = Style(for: STDOUT_FILENO)
        var isFirst = true
        for record in records {
            let renewal = renewals[record.fingerprint]
            let summary = Summary(
                record: record, warnings: renewal == nil ? warnings.brief(for: record) : warnings.past(of: record), style: style,
                withState: wanted == .all, renewal: renewal)
            Output.add((isFirst ? "" : "\n") + summary.text)
            isFirst = false
        }
        Output.flush()
    }
}
