import Certificates
import EximControl
package import Host
import TrustCore

extension Installation {
    /// What the operator should know about certificates that are approved already, and whether they will verify here.
    package func cautions(about wishes: [TrustPlan.Wish], in register: Register) throws(Failure) -> [String] {
        try Prospects(wishes: wishes, register: register, isApproval: false).judge(self)
    }
}

/// Whether the certificates that are to be approved can relay afterwards: “done” must not be said of one that Exim can never take.
struct Prospects {
    let wishes: [TrustPlan.Wish]
    let register: Register
    /// Whether somebody approves now. An undo restores what was, whatever became of it.
    let isApproval: Bool
    var now = Timestamp.now

    /// What the operator should know. Throws for a certificate that can never relay, unless it is approved already. `installation` is nil
    /// where trust is by fingerprint alone: there only the dates count.
    func judge(_ installation: Installation?) throws(Failure) -> [String] {
        let known = wishes.filter { $0.after == .approved }.compactMap { wish in
            register[wish.fingerprint].certificate.map { (register[wish.fingerprint], $0) }
        }
        var cautions: [String] = []
        for wish in wishes where wish.after == .approved { cautions += try ends(wish) }
        for (record, certificate) in known where certificate.isNeverValid {
            // The attack: the ACL takes such dates for an end after 2106, which Exim cuts off. The client could relay for ever.
            cautions += try told(
                record, "it ends before it begins, so it was never valid", "ask its owner for another certificate")
        }
        guard let installation, installation.library != .none else { return cautions }
        var folder = installation.content
        for (record, certificate) in known where installation.needs(record) {
            folder.install(certificate, as: SharedFiles.certificate(of: record.fingerprint))
        }
        let verification = ServerVerification(folder)
        for (record, certificate) in known {
            guard let problem = verification.problem(of: certificate) else { continue }
            cautions += try judge(problem, record, certificate, installation)
        }
        return cautions
    }

    /// Refuses an approval that is over already, or warns where nothing new is approved.
    private func ends(_ wish: TrustPlan.Wish) throws(Failure) -> [String] {
        let record = register[wish.fingerprint]
        guard let until = wish.terms(after: record.terms).until, until < now else { return [] }
        if isApproval {
            throw Failure(
                "refused: nothing has changed: the approval of \(wish.fingerprint) would be over since \(until)", .refused,
                hint: "approve it with --until or --for, or with `--until never`")
        }
        return ["the approval of \(wish.fingerprint) is over since \(until): the next `trustctl expire` takes it out again"]
    }

    private func judge(
        _ problem: ServerVerification.Problem, _ record: Record, _ certificate: Certificate, _ installation: Installation
    ) throws(Failure) -> [String] {
        let words = problem.explained(certificate) { register[$0].name }
        switch problem.reason {
        case .notYetValid: return ["\(record.fingerprint): \(words); until then it cannot relay"]
        // Anybody sees that, and what was logged yesterday may be approved today.
        case .expired: return ["\(record.fingerprint): \(words); it cannot relay"]
        case .purpose where installation.library == .gnuTLS && !certificate.maySign:
            return try told(record, "its keyUsage lacks digitalSignature, so GnuTLS ends the TLS session", problem.wayOut)
        case _ where installation.library == .gnuTLS:
            return ["\(record.fingerprint): this Exim takes it, because it is built with GnuTLS; one with OpenSSL would not: \(words)"]
        case .shadowed: return ["\(record.fingerprint) cannot relay yet: \(words); \(problem.wayOut)"]
        case .issuerUnknown(let mayBeSent) where mayBeSent || installation.isShared:
            return ["\(record.fingerprint): \(words): it relays only if its client sends all certificates up to an authority of this host"]
        default: return try told(record, "exim does not verify it: \(words)", problem.wayOut)
        }
    }

    /// Refuses, or warns where nothing new is approved.
    private func told(_ record: Record, _ why: String, _ hint: String) throws(Failure) -> [String] {
        if isApproval, record.state != .approved {
            throw Failure("refused: \(record.fingerprint) can never relay: \(why)", .refused, hint: hint)
        }
        return ["\(record.fingerprint) cannot relay: \(why); \(hint)"]
    }
}
