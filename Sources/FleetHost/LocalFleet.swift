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
    package func state(_ decisions: DecisionTable) throws(Failure) -> FleetState {
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
        try locked(waiting: seconds) { content throws(Failure) in try keep(bytes, &content).imported }
    }

    /// The same, and what follows from all decisions then. The caller holds the lock.
    func keep(_ pack: [UInt8], _ content: inout DecisionStore.Content) throws(Failure) -> (imported: Imported, state: FleetState) {
        var keeping = Keeping(self, knowing: content)
        try keeping.add(pack, to: &content)
        return try keeping.end(in: &content)
    }
}

extension Digest {
    package var trustedAgainText: String {
        "TRUSTED AGAIN: \(self): what took it away counts for nothing now; `trustctl revoke \(self)` takes it away again"
    }
}
