import Certificates
package import Fleet
package import FleetCarrier
package import Host
import SystemPackage
package import Trust
package import TrustCore

/// This host's part in a fleet: which one, and the decisions that it has.
package struct LocalFleet {
    package let local: LocalTrust
    package let configuration: FleetFile
    package let folders: CarrierFolders
    package var store: DecisionStore { DecisionStore(folders) }
    package var genesis: Digest { configuration.genesis }

    /// Nil where this host belongs to none.
    package init?(_ local: LocalTrust) throws(Failure) {
        guard let configuration = try FleetFile.read(local.fleetFile) else { return nil }
        self.init(local, configuration)
    }

    /// The same; throws where it belongs to none.
    package static func required(_ local: LocalTrust) throws(Failure) -> LocalFleet {
        guard let fleet = try LocalFleet(local) else {
            throw Failure("this host belongs to no fleet: there is no \(local.fleetFile)", .notSound, hint: "trustctl fleet join")
        }
        return fleet
    }

    init(_ local: LocalTrust, _ configuration: FleetFile) {
        (self.local, self.configuration) = (local, configuration)
        folders = CarrierFolders(ledger: local.configuration.ledger)
    }

    /// What follows from these decisions.
    package func state(_ decisions: [SignedDecision]) throws(Failure) -> FleetState {
        guard let state = FleetState(decisions, genesis: genesis) else {
            throw Failure(
                "the fleet's first decision \(genesis) is not here, or is none", .notSound,
                hint: "ssh MEMBER trustctl fleet export | trustctl fleet import -")
        }
        // Its digest is pinned, its name is only said.
        guard state.fleet == configuration.fleet else {
            throw Failure(
                "\(local.fleetFile) says fleet = \(configuration.fleet.name), but this fleet is \(state.fleet.name)", .notSound,
                hint: "correct the name in \(local.fleetFile)")
        }
        return state
    }

    /// Throws unless this process may change what belongs to the fleet here, and nobody else could.
    func checkMayChange() throws(Failure) {
        try local.checkMayChange()
        do throws(OwnershipError) { try Ownership.check(local.fleetFile) } catch {
            throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
        }
    }

    /// Runs `body` under the lock, after what was interrupted was ended, with all decisions.
    func locked<Value>(
        waiting seconds: Int, _ body: (inout DecisionStore.Content) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try checkMayChange()
        return try local.locked(waiting: seconds) { () throws(Failure) in
            try local.recover()
            var content = try store.read()
            try store.mend(&content, local.progress)
            return try body(&content)
        }
    }

    /// What an import did.
    package struct Imported {
        package let new: Int
        package let known: Int
        package let receipts: Int
        /// At a console: the relays of which something new is known, and how many certificates wait on each.
        package let waiting: [(member: String, count: Int)]
        /// The certificates that were not here.
        package let brought: Set<Fingerprint>
        /// What was left out, and why: one sentence each.
        package let refused: [String]
        /// The numbers of the packs in which was nothing of this fleet.
        package let useless: [Int]
        /// Certificates that are approved again, because what took them away counts for nothing now: one sentence each.
        package let trustedAgain: [String]

        /// Whether there may be something to make so.
        var isNews: Bool { new > 0 || !brought.isEmpty }
    }

    /// Keeps what of `bytes` is new and signed by a key of this fleet. Nothing is made so here.
    package func `import`(_ bytes: [UInt8], waiting seconds: Int) throws(Failure) -> Imported {
        try locked(waiting: seconds) { content throws(Failure) in try keep([bytes], &content) }
    }

    /// The caller holds the lock.
    func keep(_ packs: [[UInt8]], _ content: inout DecisionStore.Content) throws(Failure) -> Imported {
        let arrivals = Arrivals(packs, known: content, of: genesis)
        let before = arrivals.new.isEmpty ? nil : FleetState(content.decisions, genesis: genesis)
        let decisions = content.decisions + arrivals.decisions
        // Before anything is kept: without the first decision nobody could tell what the others are.
        let state = try state(decisions)
        // First the certificates: whoever sees a decision in the store finds its certificates too.
        let (brought, named) = keep(arrivals.certificates, state)
        try store.append(arrivals.new)
        content.add(arrivals.new, arrivals.decisions)
        let kept = try keepReceipts(arrivals.receipts.map(\.record), state)
        let seen = try keepSightings(arrivals.sightings, arrivals.certificates, state)
        var refused = Arrivals.Refusal.allCases.compactMap { reason in
            arrivals.refused[reason].map { $0 == 1 ? "1 record is \(reason.rawValue)" : "\($0) records are \(reason.rawValue)" }
        }
        if let rest = arrivals.rests.first {
            refused.append(
                "the rest \(packs.count == 1 ? "" : "of \(arrivals.rests.count) of \(packs.count) packs ")is not read: \(rest.value)")
        }
        if !kept.refused.isEmpty { refused.append("\(kept.refused.count) receipts are not signed by the member that they name") }
        refused += seen.refused
        let signed = arrivals.receipts.indices.filter { !kept.refused.contains($0) }.map { arrivals.receipts[$0].pack }
        return Imported(
            new: arrivals.new.count, known: arrivals.known, receipts: kept.new, waiting: seen.waiting, brought: brought,
            refused: refused,
            useless: Set(packs.indices).subtracting(arrivals.sound).subtracting(signed).subtracting(named).subtracting(seen.packs).sorted(),
            trustedAgain: arrivals.new.isEmpty
                ? [] : state.trustedAgain.filter { !(before?.trustedAgain ?? []).contains($0) }.map(\.trustedAgainText))
    }

    /// Those that the fleet approves, each once. The attack: a pack full of others, which would fill the disk. Returns those that were not
    /// here, and the packs that had any.
    private func keep(
        _ certificates: [(record: CertificateRecord, pack: Int)], _ state: FleetState
    ) -> (brought: Set<Fingerprint>, packs: Set<Int>) {
        var (seen, brought, packs) = (Set<Fingerprint>(), Set<Fingerprint>(), Set<Int>())
        for (one, pack) in certificates {
            guard let fingerprint = try? Fingerprint(of: one.der), state.fingerprints[Digest(fingerprint)]?.after == .approved else {
                continue
            }
            packs.insert(pack)
            guard seen.insert(fingerprint).inserted, local.ledger.certificate(of: fingerprint) == nil else { continue }
            local.ledger.keep(one.der, of: fingerprint)
            brought.insert(fingerprint)
        }
        return (brought, packs)
    }

    /// All records, or those that `head` did not rest on, as a pack, with the receipts that are here, and the certificates of what they
    /// approve, as far as they are known and the pack holds them. Behind them what waits on this relay.
    package func export(since head: String?) throws(Failure) -> [UInt8] {
        let content = try store.read()
        var records = content.records
        if let head {
            let state = try state(content.decisions)
            guard let digest = Digest(hex: head), content.decisions.contains(where: { $0.digest == digest }) else {
                throw Failure("there is no decision \(Printable(head, limit: 70)) here", .noSuchEntry, hint: "trustctl fleet status")
            }
            let known = state.known(to: [digest])
            records = zip(content.records, content.decisions).filter { !known.contains($1.digest) }.map { $0.0 }
        }
        var pack = (records + receiptRecords()).flatMap(\.encoded)
        let state = try state(content.decisions)
        for fingerprint in state.trusted(in: records) {
            guard let der = local.ledger.certificate(of: fingerprint), der.count <= CertificateRecord.maximumSize else { continue }
            let record = CertificateRecord(der: der).record.encoded
            if pack.count + record.count > Arrivals.maximumSize { break }
            pack += record
        }
        let report = exportedReport(state)
        // The attack: strangers fill the queue. What the fleet has decided goes first.
        if pack.count + report.count <= Arrivals.maximumSize { pack += report }
        return pack
    }
}

extension FleetState {
    /// What these approve, and is approved, ascending.
    fileprivate func trusted(in records: [PackRecord]) -> [Fingerprint] {
        let named = Set(
            records.compactMap { try? Fleet.Decision($0.body) }.flatMap(\.blocks).compactMap { block in
                if case .fingerprint(let block) = block, block.after == .approved { block.digest } else { nil }
            })
        return trusted.filter { named.contains(Digest($0)) }
    }
}

extension Digest {
    package var trustedAgainText: String {
        "TRUSTED AGAIN: \(self): what took it away counts for nothing now; `trustctl revoke \(self)` takes it away again"
    }
}
