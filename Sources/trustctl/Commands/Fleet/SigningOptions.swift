import ArgumentParser
import Fleet
import FleetCarrier
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

/// How a decision in a fleet is signed, and where it goes.
struct SigningOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("In a fleet: sign with this key; the private one is beside it, or in your agent.", valueName: "key.pub"),
        completion: .file())
    var signWith: String?
    @Option(
        help: ArgumentHelp("In a fleet: write the signed decision to this new file, for `trustctl fleet import`.", valueName: "file"),
        completion: .file())
    var output: String?
    @Option(
        help: ArgumentHelp(
            "In a fleet: wait so long until every relay has said that it is live; without a database not at all, unless this is given.",
            valueName: "seconds"))
    var waitFleet: Int?

    init() {}

    init(signWith key: String?, waitFleet: Int? = nil) { (signWith, output, self.waitFleet) = (key, nil, waitFleet) }

    func validate() throws {
        if let waitFleet, !(0...86_400).contains(waitFleet) { throw ValidationError("--wait-fleet takes 0 to 86400 seconds") }
    }

    private var patience: Int { waitFleet ?? 10 }

    /// What came of a signed decision, or of several that one text did not hold.
    struct Signed {
        let serials: [Int]
        let plan: TrustPlan?
        let notes: [String]
        let decisions: [FleetCarrier.Digest]
        /// The certificates from which it takes trust away.
        let taken: [FleetCarrier.Digest]
        /// Nothing of it was made so here: others take it from where it is now.
        var isSent = false
        /// It is in a file that somebody has to carry.
        var isWritten = false

        fileprivate init(_ all: [SignedRecord], taking taken: [FleetCarrier.Digest], _ plan: TrustPlan? = nil, notes: [String] = []) {
            (serials, decisions) = (all.compactMap(\.serial.number), all.map(\.digest))
            (self.plan, self.notes, self.taken) = (plan, notes, taken)
        }
    }

    /// Signs what `blocks` says by the state of the fleet, and keeps it: here, as root, or in the file that was named, with these
    /// certificates. `sealing` comes between the two: when it throws, what was signed is kept nowhere. Nil: the fleet has decided so already.
    @discardableResult
    func decide(
        _ fleet: LocalFleet, reason: String?, waiting seconds: Int, without key: String? = nil,
        bringing certificates: [CertificateRecord] = [], sealing: () throws(Failure) -> Void = {},
        _ blocks: (FleetState) throws(Failure) -> [DecisionBlock]
    ) throws(Failure) -> Signed? {
        // Asked first: a security key is not touched for nothing.
        let outbox = output == nil ? try outbox(of: fleet) : nil
        var content = try fleet.store.read()
        let state = try fleet.state(content.decisions)
        let wanted = try blocks(state).parts
        guard !wanted.isEmpty else { return nil }
        let signing = try fleet.signingKey(signWith.map { FilePath($0) }, state)
        let taken = state.taken(by: wanted.joined())
        let heads = try key.map { name throws(Failure) in try fleet.heads(without: name, state) }
        if wanted.count > 1 { Terminal.note("this is signed in \(wanted.count) decisions: one text does not hold it") }
        var all: [SignedRecord] = []
        for part in wanted {
            // Each rests on the one before, and with that on what the first rests on.
            let heads = heads.map { first in all.last.map { [$0.digest] } ?? first }
            let signed = try fleet.sign(part, reason: reason, with: signing, on: heads, knowing: &content)
            all.append(signed)
            Terminal.note("signed: decision \(signed.serial) by \(signed.signer): \(signed.digest)")
        }
        try sealing()
        if let output {
            try NewFile.write((all.map(\.record) + certificates.map(\.record)).flatMap(\.encoded), to: output)
            Terminal.note("it counts nowhere yet: trustctl fleet import \(Printable(output, limit: 200)), on each relay")
            var signed = Signed(all, taking: taken)
            (signed.isSent, signed.isWritten) = (true, true)
            return signed
        }
        if let outbox {
            try send(all, certificates, taking: taken, outbox)
            var signed = Signed(all, taking: taken)
            signed.isSent = true
            return signed
        }
        let applied = try fleet.enter(all, certificates, waiting: seconds)
        return Signed(all, taking: taken, applied.plan, notes: applied.notes)
    }

    /// How far the decision has come, once every relay has answered or it was waited for long enough; nil where nobody would hear of it.
    func spread(of signed: Signed, in fleet: LocalFleet) throws(Failure) -> Spread? {
        guard hears(of: signed, in: fleet) else { return nil }
        let spread = try fleet.spread(of: signed.decisions, taking: signed.taken, within: patience)
        return spread.members.isEmpty ? nil : spread
    }

    /// Whether the relays' answers come here by themselves, or are waited for all the same.
    func hears(of signed: Signed, in fleet: LocalFleet) -> Bool {
        !signed.isWritten && (waitFleet != nil || fleet.configuration.database.place != nil)
    }

    /// Tells of a signed decision by `answer`, does what is `left` to do here, and tells where it is live. Throws when it is not everywhere: it
    /// is signed all the same.
    func conclude(
        _ signed: Signed, in fleet: LocalFleet, json: Bool, left: () throws(Failure) -> Void = {},
        _ answer: (SpreadReport.Document?) -> Answer
    ) throws(Failure) {
        // Who waits sees first what is done.
        if !json { Terminal.show(answer(nil), json: false) }
        try left()
        let report = try spread(of: signed, in: fleet).map { SpreadReport(spread: $0) }
        for sentence in report?.spread.trustedAgain ?? [] { Terminal.note("warning: \(sentence)") }
        if json { Terminal.show(answer(report?.document), json: true) } else if let report { Output.write(report.line) }
        if let failure = report?.failure { throw failure }
    }
}

extension SigningOptions {
    /// Where somebody who is not root leaves what he signs; nil for root, who keeps it. Throws where neither can be.
    func outbox(of fleet: LocalFleet) throws(Failure) -> DecisionOutbox? {
        do throws(Failure) {
            try fleet.local.checkMayChange()
            return nil
        } catch {
            guard error.exit == .notPermitted else { throw error }
            if let outbox = DecisionOutbox(of: fleet) { return outbox }
            throw Failure(
                "only root keeps decisions here; nothing has changed", .notPermitted,
                hint: "--output FILE signs without root; or sudo --preserve-env=SSH_AUTH_SOCK \(ThisProcess.commandLine)")
        }
    }

    /// Each rests on the one before, so they are left in this order.
    private func send(
        _ signed: [SignedRecord], _ certificates: [CertificateRecord], taking taken: [FleetCarrier.Digest], _ outbox: DecisionOutbox
    ) throws(Failure) {
        for one in signed { try outbox.put(one, bringing: certificates) }
        for one in signed {
            switch try outbox.fate(of: one, within: patience) {
            case .taken: continue
            case .refused:
                throw Failure(
                    "the decision \(one.digest) was not accepted on this host", .refused,
                    hint: "trustctl fleet status; journalctl -u trustctl-fleet")
            case .waits: throw Self.waits(outbox.file(of: one), taken)
            }
        }
        Terminal.note("sent: the fleet's database and this host have it")
    }

    private static func waits(_ file: FilePath, _ taken: [FleetCarrier.Digest]) -> Failure {
        let waits = "signed, and not sent yet: it waits in \(file)"
        let hint = "trustsync sends it as soon as the database is there: systemctl status trustsync"
        let revoked = taken.map { "\($0) may be STILL TRUSTED on every relay" }
        guard revoked.isEmpty else { return Failure(messages: revoked.prefix(20) + [waits], hint: hint, exit: .stuck) }
        return Failure(waits, .busy, hint: hint)
    }
}

/// A file that does not exist yet: nobody's decision is overwritten.
enum NewFile {
    static func write(_ bytes: [UInt8], to name: String) throws(Failure) {
        let path = FilePath(name)
        guard !LocalFileSystem().exists(path) else {
            throw Failure("\(Printable(name, limit: 200)) exists already; nothing has changed", .usage, hint: "name a new file")
        }
        do throws(SystemError) {
            let folder = try Folder(path.removingLastComponent().isEmpty ? "." : path.removingLastComponent(), followingLink: true)
            let last = path.lastComponent?.string ?? ""
            try folder.write(bytes, to: ".\(last).new", mode: 0o644)
            try folder.renameNew(".\(last).new", to: last)
            try folder.synchronize()
        } catch { throw Failure(error) }
    }
}
