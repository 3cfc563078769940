import Certificates
import EximControl
import Host
import SystemPackage
import TrustCore

/// Rehearses the sessions of a CA's clients, and of those who must not pass for one, before its rules are live.
struct AuthorityTrial {
    private let rules: AuthorityRules
    private let exim: EximWithCandidates
    private let scratch: FilePath
    private let trial: RelayTrial
    private let sessions: AuthoritySessions

    init(of chosen: ChosenAuthority, _ exim: EximWithCandidates, _ scratch: FilePath, _ trial: RelayTrial) throws(EximError) {
        (rules, self.exim, self.scratch, self.trial) = (chosen.rules, exim, scratch, trial)
        sessions = try AuthoritySessions(
            named: chosen.authority.certificate, folder: chosen.rules.folder, revoked: chosen.rules.revoked, scratch: scratch)
    }

    /// Throws `notInEffect` when a session does not end as it must.
    func judge() throws(EximError) {
        let base = try session(to: ["a@rehearsal.invalid", "b@rehearsal.invalid"])
        for visitor in AuthoritySessions.Visitor.allCases {
            let outcome = try sessions.hold(visitor, in: base) { rehearsal throws(EximError) in try exim.rehearse(rehearsal) }
            guard visitor.isRight(outcome, recipients: base.recipients.count) else {
                throw RelayTrial.fault("\(visitor.words) would not be \(visitor == .client ? "accepted" : "refused")", outcome)
            }
        }
        try judgeHandOver(base)
    }

    /// Whether who shows a certificate for which another one was issued gets that one, and his ordinary mail passes.
    private func judgeHandOver(_ base: Rehearsal) throws(EximError) {
        let text = trial.stranger.certificate.pemText
        let candidate = scratch.appending("issued")
        do throws(SystemError) {
            _ = try LocalFileSystem().makeFolder(candidate)
            let name = candidate.appending(trial.stranger.certificate.fingerprint.description)
            try LocalFileSystem().create(name, Array(text.utf8), like: nil, access: .open)
        } catch { throw .cannotRun(error.description) }
        let issued = [Program.Substitution(candidate: candidate, live: rules.issued)]
        let refused = try exim.rehearse(base, seeing: issued)
        let lines = Set(text.split(separator: "\n").map(String.init))
        guard refused.recipients.count == 2, refused.recipients.allSatisfy({ $0.code >= 500 && lines.isSubset(of: $0.lines) })
        else { throw RelayTrial.fault("an issued certificate would not be handed over", refused) }
        let local = try exim.expansion("${if match_domain{$qualify_domain}{+local_domains}{$qualify_domain}}")
        guard !local.isEmpty else { return }
        var inbound = try session(to: ["postmaster@\(local)"])
        let shown = try exim.rehearse(inbound, seeing: issued)
        inbound.tls = .init(identity: nil)
        let plain = try exim.rehearse(inbound, seeing: issued)
        guard plain.recipients.map(\.code) == shown.recipients.map(\.code) else {
            throw RelayTrial.fault("mail for \(local) would be refused where an issued certificate waits", shown)
        }
    }

    /// One of a client with a certificate of its own, which nobody has approved.
    private func session(to recipients: [String]) throws(EximError) -> Rehearsal {
        Rehearsal(recipients: recipients, tls: .init(identity: trial.stranger)).trusting(try trial.list())
    }
}
