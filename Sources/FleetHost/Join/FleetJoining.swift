package import Fleet
package import FleetCarrier
import Glibc
package import Host
package import SystemPackage
package import Trust
package import TrustCore

/// Makes this host a part of a fleet: writes down the fleet's first decision, keeps the decisions that it was brought, and makes the key of
/// its receipts. The list stays as it is until `apply`.
package struct FleetJoining {
    package let fleet: LocalFleet
    private let pack: [UInt8]
    package let state: FleetState
    /// Whether this host belongs to it already, and fleet.conf stays as it is.
    package let isDone: Bool

    /// What is asked for.
    package struct Wanted {
        package let genesis: String
        package let member: String?
        /// A decision that must be among those that were brought; nil: the operator has said that he cannot tell.
        package let head: String?
        package let key: FilePath?
        /// Whether this host may leave another fleet for it.
        package let replaces: Bool
        /// Where the fleet's database is; nil: as it was.
        package let database: FleetFile.Database?

        package init(genesis: String, member: String?, head: String?, key: FilePath?, replaces: Bool, database: FleetFile.Database?) {
            (self.genesis, self.member, self.head, self.key, self.replaces) = (genesis, member, head, key, replaces)
            self.database = database
        }
    }

    /// Checks everything, and changes nothing.
    package init(_ wanted: Wanted, bringing pack: [UInt8], _ local: LocalTrust) throws(Failure) {
        guard let genesis = Digest(hex: Self.digits(wanted.genesis)) else {
            throw Failure("--genesis takes the 64 digits of the fleet's first decision", .usage)
        }
        if let member = wanted.member, !FleetName.isName(member) {
            throw Failure("“\(Printable(member, limit: 80))” is no name for a relay: letters, digits and .@_+-, at most 64", .usage)
        }
        let old = try FleetFile.read(local.fleetFile)
        let isOther = old.map { $0.genesis != genesis || $0.member != wanted.member } ?? false
        guard !isOther || wanted.replaces else {
            throw Failure(
                "this host belongs to \(old?.fleet.description ?? "another fleet") as \(old?.member ?? "a console"); nothing has changed",
                .notSound, hint: "trustctl fleet leave, or --replace when that fleet's first key is lost")
        }
        let store = DecisionStore(CarrierFolders(ledger: local.configuration.ledger))
        // The decisions of another fleet count for nothing in this one.
        let content = isOther || old == nil ? DecisionStore.Content() : try store.read()
        guard let state = FleetState(Self.decisions(in: pack, knowing: content.decisions, of: genesis), genesis: genesis) else {
            throw Failure(
                "what was brought does not hold the first decision \(genesis); nothing has changed", .refused,
                hint: "compare its digits with the operator who made the fleet; ssh MEMBER trustctl fleet export | trustctl fleet join - …")
        }
        // The attack: whoever carries the decisions shows a new relay an old set, in which a stolen key still counts.
        if let head = wanted.head {
            let digits = Self.digits(head)
            // Eight digits can be forged, sixteen cannot.
            guard (16...64).contains(digits.count), digits.allSatisfy(\.isHexDigit) else {
                throw Failure("--head takes the first 16 or more digits of a decision, or none", .usage)
            }
            guard state.accepted.contains(where: { $0.description.hasPrefix(digits) }) else {
                throw Failure(
                    "what was brought does not hold the decision \(digits); nothing has changed", .refused,
                    hint: "it may be older: export it again from a member that has that decision")
            }
        }
        let configuration = FleetFile(
            fleet: state.fleet.name, genesis: genesis, member: wanted.member, key: wanted.key ?? old?.key,
            database: wanted.database ?? old?.database ?? .init())
        (fleet, self.pack, self.state) = (LocalFleet(local, configuration), pack, state)
        isDone = old == configuration
    }

    /// Those that are here, and those that a pack brings.
    private static func decisions(in pack: [UInt8], knowing known: DecisionTable, of genesis: Digest) -> DecisionTable {
        var (decisions, arrivals) = (known, Arrivals(knowing: known, of: genesis))
        guard var reader = try? PackReader(pack, limit: Arrivals.maximumSize) else { return decisions }
        while let record = try? reader.next() { arrivals.add(record, from: 0, knowing: decisions) }
        for one in arrivals.take() { decisions.append(one.decision) }
        return decisions
    }

    private static func digits(_ text: String) -> String { text.filter { !$0.isWhitespace }.uppercased() }

    /// What the fleet would change here, and what would stay this relay's own.
    package struct Outlook {
        package let adds: [Fingerprint]
        package let takes: [Fingerprint]
        package let local: [Fingerprint]
    }

    package func outlook() throws(Failure) -> Outlook {
        guard fleet.configuration.member != nil else { return Outlook(adds: [], takes: [], local: []) }
        var register = try fleet.local.look()
        try register.readAll()
        let approved = Set(register.fingerprints(.approved))
        let trusted = Set(state.trusted)
        return Outlook(
            adds: trusted.subtracting(approved).sorted(),
            takes: approved.subtracting(trusted).filter { state.fingerprints[Digest($0)] != nil }.sorted(),
            local: approved.filter { state.fingerprints[Digest($0)] == nil }.sorted())
    }

    /// Joins. Returns what an admin adds to the fleet: `NAME TYPE BASE64`; nil for a console.
    package func join(waiting seconds: Int) throws(Failure) -> String? {
        try fleet.local.checkMayChange()
        return try fleet.local.locked(waiting: seconds) { () throws(Failure) in
            try fleet.local.recover()
            try makeFolders()
            let named = try fleet.configuration.member.map { name throws(Failure) in try key(named: name) }
            // The decisions before fleet.conf: a host that belongs to a fleet has its first decision, whenever it dies.
            try keepDecisions()
            let folder = fleet.local.fleetFile.removingLastComponent()
            do throws(SystemError) {
                let opened = try Folder(folder, followingLink: true)
                try opened.write(Array(fleet.configuration.text.utf8), to: "fleet.conf.new", mode: 0o644)
                try opened.rename("fleet.conf.new", to: "fleet.conf")
                try opened.synchronize()
            } catch { throw Failure(error) }
            return named
        }
    }

    private func makeFolders() throws(Failure) {
        do throws(SystemError) {
            _ = try Folder.making(fleet.folders.own.appending("out"), mode: 0o755)
            try LocalFileSystem().synchronize(fleet.folders.own.removingLastComponent())
        } catch { throw Failure(error) }
    }

    private func keepDecisions() throws(Failure) {
        // Those of another fleet go aside: root's next look would take them for damage otherwise.
        var content = try fleet.store.read()
        try fleet.store.mend(&content, fleet.local.progress)
        if !content.decisions.isEmpty, FleetState(content.decisions, genesis: fleet.genesis) == nil {
            do throws(SystemError) {
                let out = try Folder(fleet.store.path.removingLastComponent())
                try out.rename("decisions", to: "decisions.left")
                try out.synchronize()
            } catch { throw Failure(error) }
            content = DecisionStore.Content()
        }
        _ = try fleet.keep(pack, &content)
    }

    /// This relay's key for receipts; made once.
    private func key(named name: String) throws(Failure) -> String {
        let path = fleet.receiptKey
        let files = LocalFileSystem()
        if !files.exists(path) {
            let new = FilePath(path.string + ".new")
            do throws(SystemError) {
                try files.remove(new)
                try files.remove(FilePath(new.string + ".pub"))
            } catch { throw Failure(error) }
            try SSHKeygen.makeKey(new, named: name)
            do throws(SystemError) {
                let folder = try Folder(fleet.folders.own)
                // The public part first: with the private one the key is made.
                try folder.rename("receipt.key.new.pub", to: "receipt.key.pub")
                try folder.rename("receipt.key.new", to: "receipt.key")
                try folder.synchronize()
            } catch { throw Failure(error) }
        }
        let made = try SigningKey(FilePath(path.string + ".pub"))
        return try made.named(name).description
    }
}

extension LocalFleet {
    /// Leaves the fleet. The list, the decisions and the key stay as they are.
    package static func leave(_ local: LocalTrust, waiting seconds: Int) throws(Failure) -> Bool {
        try local.checkMayChange()
        return try local.locked(waiting: seconds) { () throws(Failure) in
            guard local.isInFleet else { return false }
            do throws(SystemError) {
                try LocalFileSystem().remove(local.fleetFile)
                try LocalFileSystem().synchronize(local.fleetFile.removingLastComponent())
            } catch { throw Failure(error) }
            return true
        }
    }
}
