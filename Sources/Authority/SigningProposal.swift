package import Certificates
package import Host
import SystemPackage
package import Trust
import TrustCore

/// Certificates that our CA is to issue. They are signed under the lock, and stand in the ledger before anybody can fetch them.
package struct SigningProposal: Proposal {
    package let plan: TrustPlan?
    private let order: SigningOrder
    private let signer: Identity
    private let local: LocalTrust
    private let removesEntries: Bool
    /// What the operator should know before he agrees.
    package let cautions: [String]

    /// Proposing signs nothing.
    package init(_ order: SigningOrder, by signer: Identity, _ local: LocalTrust) throws(Failure) {
        try self.init(order, by: signer, local, try local.look(), operator: .current, signs: false)
    }

    private init(
        _ order: SigningOrder, by signer: Identity, _ local: LocalTrust, _ register: Register, operator: Operator, signs: Bool
    ) throws(Failure) {
        (self.order, self.signer, self.local) = (order, signer, local)
        let now = Timestamp.now
        let folder = ResolvedPath(orAsWritten: local.configuration.issued).filePath
        // Without it Exim hands nothing over, as on a host that only keeps the CA.
        let handsOver = register.trustsByAuthority && LocalFileSystem().exists(folder)
        removesEntries = handsOver
        for wanted in order.wanted where register.isKeyDenied(wanted.key.spkiSHA256) {
            throw .nothingSigned(
                "the key of \(wanted.shown.map { "\($0)" } ?? wanted.name) was revoked",
                hint: "its owner needs a new key; `trustctl undo N` takes a revocation back")
        }
        var cautions = Self.cautions(signer.certificate, order, now)
        if !handsOver, order.wanted.contains(where: { $0.shown != nil }) {
            cautions.append("trust is not by a CA here, so nothing is handed over: bring the certificate to its client yourself")
        }
        if handsOver {
            cautions += order.wanted.filter(\.isLetIn).compactMap(\.shown).map {
                "\($0) is approved, so exim lets it in and hands nothing over: bring it the certificate, or `trustctl revoke --only` it"
            }
        }
        for shown in order.wanted.compactMap(\.shown) where register.isDenied(shown) && register.state(of: shown) != .approved {
            throw .nothingSigned("\(shown) was denied meanwhile", hint: nil)
        }
        self.cautions = cautions
        let decision = Decision(.sign, by: `operator`, at: now, reason: order.reason)
        guard signs else {
            plan = TrustPlan(decision, issuing: [], nil)
            return
        }
        let known = try register.issued().map(\.certificate)
        var handOver = IssuedEdit(path: folder)
        var issued: [LocalEffects.Issued] = []
        for wanted in order.wanted {
            let certificate: Certificate
            do throws(OpenSSLError) {
                let draft = CertificateDraft(.client, commonName: wanted.name, days: order.days, now: now)
                certificate = try draft.issued(to: wanted.key, by: signer)
            } catch { throw .nothingSigned("\(error)", hint: "choose another name with --name") }
            issued.append(.init(certificate, for: wanted.shown, name: wanted.name))
            if handsOver, let shown = wanted.shown { handOver.add.append(.init(name: shown, text: certificate.pemText)) }
        }
        if handsOver {
            // What nobody has fetched and nobody needs any more: for keys that get another one now, and what has ended.
            let keys = Set(issued.map(\.key))
            handOver.remove = Set(known.filter { $0.isOver(at: now) || keys.contains($0.key) }.compactMap(\.shown))
                .subtracting(handOver.add.map(\.name)).filter { LocalFileSystem().exists(folder.appending($0.description)) }.sorted()
        }
        plan = TrustPlan(decision, issuing: issued, handOver)
    }

    private init(nothingOf proposal: SigningProposal) {
        (plan, order, signer, local) = (nil, proposal.order, proposal.signer, proposal.local)
        (removesEntries, cautions) = (false, proposal.cautions)
    }

    private static func cautions(_ authority: Certificate, _ order: SigningOrder, _ now: Timestamp) -> [String] {
        guard now.seconds + Int64(order.days) * 86_400 > authority.notAfter.seconds else { return [] }
        return ["the CA ends at \(authority.notAfter), before \(order.days) days are over: the certificate ends with it"]
    }

    package func renewed(by operator: Operator) throws(Failure) -> SigningProposal {
        let register = try Register(local.configuration)
        // Another command may have been quicker.
        if order.isRenewal {
            let open = try AuthorityRenewal.all(register, local).filter(\.obstacles.isEmpty).map(\.fingerprint)
            guard order.wanted.compactMap(\.shown).allSatisfy(open.contains) else { return SigningProposal(nothingOf: self) }
        }
        return try SigningProposal(order, by: signer, local, register, operator: `operator`, signs: true)
    }

    /// What was signed is no longer waiting.
    package func conclude(_ plan: TrustPlan, _ done: Transaction.Done) throws(Failure) -> [String] {
        guard removesEntries else { return [] }
        return (plan.entry.effects.issued ?? []).compactMap(\.shown).compactMap { fingerprint in
            do {
                try QueueFolder(local.configuration).remove(fingerprint)
                return nil
            } catch { return "its entry stays in the queue: \(error)" }
        }
    }

    package func repeated() throws(Failure) -> [String] { [] }
}
