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
            "In a fleet, without root: wait so long for the fleet's database to have the decision.", valueName: "seconds"))
    var waitFleet: Int = 10

    init() {}

    init(signWith key: String?) {
        signWith = key
        output = nil
        waitFleet = 10
    }

    /// What came of a signed decision, or of several that one text did not hold.
    struct Signed {
        let serials: [Int]
        let plan: TrustPlan?
        let notes: [String]
        /// Nothing of it was made so here: others take it from where it is now.
        var isSent = false
    }

    /// Signs what `blocks` says by the state of the fleet, and keeps it: here, as root, or in the file that was named, with these
    /// certificates. Nil: the fleet has decided so already.
    @discardableResult
    func decide(
        _ fleet: LocalFleet, reason: String?, waiting seconds: Int, without key: String? = nil,
        bringing certificates: [CertificateRecord] = [], _ blocks: (FleetState) throws(Failure) -> [DecisionBlock]
    ) throws(Failure) -> Signed? {
        // Asked first: a security key is not touched for nothing.
        let outbox = output == nil ? try outbox(of: fleet) : nil
        var content = try fleet.store.read()
        let state = try fleet.state(content.decisions)
        let wanted = try blocks(state).parts
        guard !wanted.isEmpty else { return nil }
        let signing = try fleet.signingKey(signWith.map { FilePath($0) }, state)
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
        if let output {
            try NewFile.write((all.map(\.record) + certificates.map(\.record)).flatMap(\.encoded), to: output)
            Terminal.note("it counts nowhere yet: trustctl fleet import \(Printable(output, limit: 200)), on each relay")
            return Signed(serials: all.compactMap(\.serial.number), plan: nil, notes: [], isSent: true)
        }
        if let outbox {
            try send(all, wanted.flatMap { $0 }, outbox)
            return Signed(serials: all.compactMap(\.serial.number), plan: nil, notes: [], isSent: true)
        }
        let applied = try fleet.enter(all, certificates, waiting: seconds)
        return Signed(serials: all.compactMap(\.serial.number), plan: applied.plan, notes: applied.notes)
    }
}

extension SigningOptions {
    /// Where somebody who is not root leaves what he signs; nil for root, who keeps it. Throws where neither can be.
    private func outbox(of fleet: LocalFleet) throws(Failure) -> DecisionOutbox? {
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
    private func send(_ signed: [SignedRecord], _ blocks: [DecisionBlock], _ outbox: DecisionOutbox) throws(Failure) {
        for one in signed { try outbox.put(one) }
        for one in signed {
            switch try outbox.fate(of: one, within: waitFleet) {
            case .taken: continue
            case .refused:
                throw Failure(
                    "the decision \(one.digest) was not accepted on this host", .refused,
                    hint: "trustctl fleet status; journalctl -u trustctl-fleet")
            case .waits: throw Self.waits(outbox.file(of: one), blocks)
            }
        }
        Terminal.note("sent: the fleet's database and this host have it; trustctl fleet status says where it is live")
    }

    private static func waits(_ file: FilePath, _ blocks: [DecisionBlock]) -> Failure {
        let waits = "signed, and not sent yet: it waits in \(file)"
        let hint = "trustsync sends it as soon as the database is there: systemctl status trustsync"
        let revoked = blocks.compactMap { block in
            if case .fingerprint(let one) = block, one.after == .none { "\(one.digest) may be STILL TRUSTED on every relay" } else { nil }
        }
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
