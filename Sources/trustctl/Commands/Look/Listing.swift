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
        let register = try LocalTrust(config: config, progress: Terminal.progress).look()
        // trustd's user must not be able to hide who is trusted.
        if [.approved, .denied, .revoked].contains(wanted) { register.warnOfQueue() } else { try register.requireQueue() }
        let warnings = Warnings(register)
        Terminal.show(answer(records(register), register, warnings), json: json)
    }

    /// Those seen last come last: nearest to the prompt.
    private func records(_ register: Register) -> [Record] {
        if wanted == .revoked {
            return register.revoked.map { (lastSeen: $0.lastSeen ?? "", record: $0) }
                .sorted { ($0.lastSeen, $0.record.fingerprint) < ($1.lastSeen, $1.record.fingerprint) }.map(\.record)
        }
        return register.records.values.filter { $0.state != .none && (wanted == .all || $0.state.rawValue == wanted.rawValue) }
            .map { (lastSeen: $0.lastSeen ?? "", fingerprint: $0.fingerprint) }
            .sorted { ($0.lastSeen, $0.fingerprint) < ($1.lastSeen, $1.fingerprint) }
            .compactMap { register.records[$0.fingerprint] }
    }

    private func answer(_ records: [Record], _ register: Register, _ warnings: Warnings) -> Answer {
        var answer = Answer(EntriesDocument(entries: records.map { .init($0, warnings) }))
        if json { return answer }
        if records.isEmpty {
            answer.parts = [.tip(wanted == .all ? "nothing is known yet" : "nothing is \(wanted.rawValue)")]
            return answer
        }
        let style = Style(for: STDOUT_FILENO)
        let summaries = records.map { Summary(record: $0, warnings: warnings.brief(for: $0), style: style, withState: wanted == .all).text }
        answer.parts = [.text(summaries.joined(separator: "\n"))]
        // Which way it is decides what an approved certificate needs; the ledger knows it without Exim.
        if wanted == .approved || wanted == .all,
            let way = register.ledger.entries.last(where: { $0.effects.setup != nil })?.effects.setup?.trust
        {
            answer.parts.append(.tip("Exim trusts by \(way.rawValue)"))
        }
        return answer
    }
}
