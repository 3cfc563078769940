import ArgumentParser
import Certificates
import Fleet
import FleetCarrier
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

/// Whose decision it is, on a relay that belongs to a fleet: the fleet's, which is signed, or this relay's alone.
struct FleetChoice: ParsableArguments {
    @Flag(help: "In a fleet: decide for this relay alone, as root.") var local = false
    @OptionGroup var signing: SigningOptions

    init() {}

    /// What was not read from a command line.
    init(local: Bool = false, signWith key: String?, waitFleet: Int? = nil) {
        self.local = local
        signing = SigningOptions(signWith: key, waitFleet: waitFleet)
    }

    /// The fleet for which `request` is signed; nil: it is this relay's own.
    func fleet(_ trust: LocalTrust, _ request: inout Request) throws(Failure) -> LocalFleet? {
        guard let fleet = try LocalFleet(trust) else {
            guard !local, signing.signWith == nil, signing.output == nil else {
                throw Failure(
                    "this host belongs to no fleet: there is no \(trust.fleetFile); nothing has changed", .usage,
                    hint: "leave out --local, --sign-with and --output")
            }
            return nil
        }
        // What decides nothing stays each relay's own, and so does what only ends at its time.
        if request.action == .forget { return nil }
        if request.action == .expire, !signsExpiry(in: fleet) { return nil }
        guard local else { return fleet }
        request.isLocal = true
        return nil
    }

    /// Whether what has ended is taken away for the whole fleet: at a console, or when somebody names a key.
    func signsExpiry(on trust: LocalTrust) throws(Failure) -> Bool { try LocalFleet(trust).map { signsExpiry(in: $0) } ?? false }

    private func signsExpiry(in fleet: LocalFleet) -> Bool {
        !local && (fleet.configuration.member == nil || signing.signWith != nil || signing.output != nil)
    }

    /// Throws where a decision would need a key, and there is none.
    func requireKey(_ trust: LocalTrust) throws(Failure) {
        guard !local, let fleet = try LocalFleet(trust) else { return }
        _ = try fleet.signingKey(signing.signWith.map { FilePath($0) }, try fleet.state(try fleet.store.read().decisions))
    }
}

extension FleetChoice {
    /// Signs the contrary of the fleet's decision with this serial.
    func undo(_ serial: Int, _ fleet: LocalFleet, _ change: ChangeOptions, json: Bool) throws(Failure) {
        let state = try fleet.state(try fleet.store.read().decisions)
        let blocks = try state.contrary(of: serial)
        for line in blocks.said { Output.tell("\(line)\n") }
        if change.dryRun { return Terminal.note("dry run: nothing has changed, and Exim has not been asked") }
        try Confirmation(assumeYes: change.yes).ask("Sign this for every relay of \(state.fleet.name)?")
        guard let signed = try contrary(of: serial, fleet, reason: change.reason, waiting: change.lock.wait) else {
            return Terminal.show(Report.nothing(.fleet), json: json)
        }
        let named = blocks.blocks.compactMap { block in
            if case .fingerprint(let one) = block { try? Fingerprint(digest: one.digest.bytes) } else { nil }
        }
        try signing.conclude(signed, in: fleet, json: json) { spread in
            if signed.isSent { return Report.signed(.undo, named, notes: [], parts: [], spread) }
            return signed.plan.map { Report.done($0, notes: signed.notes, spread: spread) }
                ?? Report.nothing(.fleet, notes: signed.notes, spread: spread)
        }
    }

    /// The same without a question; nil: the fleet has decided so already.
    func contrary(of serial: Int, _ fleet: LocalFleet, reason: String?, waiting seconds: Int) throws(Failure) -> SigningOptions.Signed? {
        try signing.decide(fleet, reason: reason, waiting: seconds) { state throws(Failure) in try state.contrary(of: serial).blocks }
    }
}

extension Change {
    /// Signs what `request` wants, keeps it, and makes it so.
    func decide(_ request: Request, in fleet: LocalFleet, _ choice: FleetChoice) throws(Failure) -> Done {
        let (register, cautions) = try shown(request, in: fleet)
        guard var register else { return Done(plan: nil, notes: []) }
        let wanted = try fleet.wanted(request, &register)
        let certificates = wanted.filter { $0.after == .approved }.compactMap { register[$0.fingerprint].outline?.der }
        let signed = try choice.signing.decide(
            fleet, reason: request.reason, waiting: wait, bringing: certificates.map { CertificateRecord(der: $0) }
        ) { state throws(Failure) in state.blocks(wanted, barring: request.deniesKeys) }
        guard let signed else {
            show(Report.nothing(request.action, notes: cautions))
            return Done(plan: nil, notes: cautions)
        }
        let isAlone = fleet.configuration.member == nil || signed.isSent
        if signed.isSent, request.endsConnections || request.holdsMail {
            Terminal.note("warning: the connections and the mail of this relay are left alone: only root acts on them")
        }
        let tell = { (spread: SpreadReport.Document?) -> Answer in
            guard isAlone else {
                return signed.plan.map { Report.done($0, notes: signed.notes, told: cautions, spread: spread) }
                    ?? Report.nothing(.fleet, notes: signed.notes, spread: spread)
            }
            let parts = signed.isSent ? [] : Self.kept(isCarried: fleet.configuration.database.place != nil)
            return Report.signed(request.action, wanted.map(\.fingerprint), notes: cautions, parts: parts, spread)
        }
        let done = Done(plan: signed.plan, notes: cautions + signed.notes, signed: signed)
        if isByKey {
            show(tell(nil))
            if !isAlone, request.endsConnections || request.holdsMail { try endHere(request) }
            return done
        }
        // Before anybody is waited for: the connections and the mail of this relay.
        let actsHere = !isAlone && (request.endsConnections || request.holdsMail)
        try choice.signing.conclude(
            signed, in: fleet, json: json, left: { () throws(Failure) in if actsHere { try endHere(request) } }, tell)
        return done
    }

    private static func kept(isCarried: Bool) -> [Answer.Part] {
        let carry = "hint: no relay knows it yet: trustctl fleet export | ssh RELAY trustctl fleet import -"
        return [.text("done: kept on this console\n")] + (isCarried ? [] : [.note(carry)])
    }

    private func endHere(_ request: Request) throws(Failure) {
        var own = request
        own.isLocal = true
        let outcome = try decider.carryOut(try decider.propose(own, by: .current), by: .current, waiting: wait)
        for note in outcome.notes { Terminal.note("warning: \(note)") }
    }

    /// Shows what would change here, and asks. Nil: only to be shown. A console has no list that could change.
    private func shown(_ request: Request, in fleet: LocalFleet) throws(Failure) -> (Register?, [String]) {
        let local = decider.local
        guard fleet.configuration.member != nil else {
            var register = try local.lookWithFleet(recovering: false)
            let all = try fleet.wanted(request, &register)
            if !isByKey { confirmation.show(all.filter { $0.after == .approved }.map { register[$0.fingerprint] }, register) }
            for wanted in all {
                Output.tell("\(wanted.fingerprint)\(Printable.behind(wanted.terms.label)) -> \(wanted.after.rawValue)\n")
            }
            if isDry { return (nil, []) }
            try confirmation.ask("Sign this for every relay of \(fleet.configuration.fleet.name)?")
            if request.action == .approve {
                let approved = all.filter { $0.after == .approved && register.state(of: $0.fingerprint) != .approved }
                try (isByKey ? Confirmation(assumeYes: false) : confirmation).askAgain(approved.map(\.fingerprint), register)
            }
            return (register, [])
        }
        let proposal = try decider.propose(request, by: .current, recovering: !isDry)
        if isDry {
            showDry(proposal, request)
            return (nil, [])
        }
        do throws(Failure) {
            if let plan = proposal.plan {
                try ask(plan, proposal)
            } else {
                try confirmation.ask("Nothing changes here. Sign it for the other relays of \(fleet.configuration.fleet.name)?")
            }
        } catch { throw proposal.naming(error) }
        return (proposal.register, proposal.cautions)
    }
}
