import ArgumentParser
import Certificates
import Client
import EximControl
import FleetCarrier
import FleetHost
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct Invite: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite",
        abstract: "Prints a code by which one client is approved when it comes.",
        discussion: """
            Whoever has the code types `trustctl client join RELAY`. Then this relay knows the client, and the client knows this relay; nobody \
            compares digits. The command waits until the client has come, and ends with 0; with 69 when the time is over; ^C cancels the \
            invitation. Give the code over a channel that nobody else reads.

            In a fleet it runs at a console, signs the approval when the client has come, and ends as `approve` does. The code is for one \
            relay: say which, with --relay-certificate. A relay is a console too for whoever has a key of the fleet.
            """)

    @Option(help: ArgumentHelp("What the client's certificate is to be called.", valueName: "name")) var label: String?
    @Option(help: ArgumentHelp("The reason; kept in the ledger.", valueName: "text")) var reason: String?
    @Option(help: ArgumentHelp("How long the code is good: 90s, 30m, 12h, at most 7d.", valueName: "time"))
    var ttl = TimeSpan(seconds: 3_600)
    @Option(help: ArgumentHelp("Where clients reach this relay; by default its daemon is asked here.", valueName: "host[:port]"))
    var relay: String?
    @Option(
        help: ArgumentHelp(
            "At a console of a fleet: the certificate of the relay that the client will join, in PEM or DER, or the 64 digits that `trustctl show --own` prints there.",
            valueName: "file"), completion: .file())
    var relayCertificate: String?
    @Option(help: ArgumentHelp("In a fleet: sign with this key.", valueName: "key.pub"), completion: .file()) var signWith: String?
    @Option(
        help: ArgumentHelp("In a fleet: wait so long until every relay has said that it lets the client in.", valueName: "seconds"))
    var waitFleet: Int?
    @Flag(help: "Do not wait: a timer admits the client.") var detach = false
    @Flag(help: "Show the invitations.") var list = false
    @Option(help: ArgumentHelp("Cancel the invitation with this name.", valueName: "name")) var cancel: String?
    @Option(
        help: ArgumentHelp("In a fleet: wait again for the client of this invitation, whose command was killed.", valueName: "name"))
    var resume: String?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard [list, cancel != nil, resume != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("--list, --cancel and --resume exclude each other")
        }
        guard resume == nil || label == nil && reason == nil && relay == nil && !detach && relayCertificate == nil else {
            throw ValidationError("--resume goes with --sign-with, --wait-fleet and --json: the rest was said when it was made")
        }
        if list || cancel != nil {
            guard label == nil, reason == nil, relay == nil, !detach, relayCertificate == nil, signWith == nil, waitFleet == nil else {
                throw ValidationError("--list and --cancel take no other option than --json")
            }
        }
        if let label, let fault = Label.fault(of: label) { throw ValidationError("--\(fault)") }
        if let reason, reason.utf8.count > 1_000 { throw ValidationError("--reason takes at most 1000 bytes") }
        if let waitFleet, !(0...86_400).contains(waitFleet) { throw ValidationError("--wait-fleet takes 0 to 86400 seconds") }
        guard (1...Invitation.longest).contains(ttl.seconds) else { throw ValidationError("--ttl takes at most 7d") }
    }

    func run() throws {
        let local = try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json))
        if let fleet = try LocalFleet(local) {
            // A relay is a console too for whoever has a key of the fleet.
            let isConsole = try fleet.configuration.member == nil || list || cancel != nil || !detach && fleet.decides(with: signWith)
            if isConsole { return try runAtConsole(of: fleet) }
            throw Self.onlyAtConsole(local, label: label, detaches: detach)
        }
        guard resume == nil else {
            throw Failure(
                "--resume is for a fleet; nothing has changed", .usage,
                hint: "on a single relay: trustctl admit lets in who has come by an open invitation")
        }
        guard relayCertificate == nil, signWith == nil, waitFleet == nil else {
            throw Failure(
                "--relay-certificate, --sign-with and --wait-fleet are for a console of a fleet; nothing has changed", .usage,
                hint: "leave them out: this relay shows its own certificate")
        }
        if list { return try InvitationList(local: local, json: common.json).show() }
        try local.checkMayChange()
        if let cancel { return try InvitationList(local: local, json: common.json).cancel(cancel) }
        let (code, invitation) = try make(local)
        show(code, invitation)
        if detach { return Terminal.show(InvitationReport.detached(invitation, HostUnit.admit.start(local)), json: common.json) }
        Terminal.show(try InviteWait(local: local, invitation: invitation).run(), json: common.json)
    }

    private func show(_ code: InvitationCode, _ invitation: Invitation) {
        // Never in JSON: a program keeps what it reads.
        if common.json { Output.tell("\(code.text)\n") } else { Output.write("\(code.text)\n") }
        Terminal.note(
            "give this code to whom you invite, over a channel that nobody else reads; it is good once, until \(invitation.expires)")
        Terminal.note("on the client: trustctl client join \(relay ?? "RELAY")")
    }

    private func runAtConsole(of fleet: LocalFleet) throws(Failure) {
        let own = ConsoleInvitationList(fleet: fleet, json: common.json)
        if list { return try own.show() }
        if let cancel { return try own.cancel(cancel) }
        guard !detach else {
            throw Failure(
                "--detach: in a fleet the approval is signed when the client comes, so the command waits; nothing has changed", .usage,
                hint: "leave it out, and run it in a terminal that stays")
        }
        guard relay == nil || fleet.configuration.member != nil else {
            throw Failure(
                "--relay is for a relay itself: a console speaks to none; nothing has changed", .usage,
                hint: RelayCertificateArgument.hint)
        }
        let invite = ConsoleInvite(
            fleet: fleet, signing: SigningOptions(signWith: signWith, waitFleet: waitFleet), json: common.json)
        let look = RelayLook(local: fleet.local, given: relay)
        if let resume {
            let invitation = try invite.again(resume, look)
            Terminal.note("the code that was given for \(invitation.shown) is good once, until \(invitation.expires)")
            return try ConsoleInviteWait(invite: invite, invitation: invitation).run()
        }
        let (code, invitation) = try invite.make(
            for: relayCertificate, look, label: label, reason: reason, seconds: ttl.seconds)
        show(code, invitation)
        try ConsoleInviteWait(invite: invite, invitation: invitation).run()
    }

    private func make(_ local: LocalTrust) throws(Failure) -> (InvitationCode, Invitation) {
        if let label { try local.requireFreeLabel(label) }
        let shown = try RelayLook(local: local, given: relay).certificate()
        try local.requireLoggedCertificates()
        let code = InvitationCode(inviting: shown.fingerprint)
        let invitation = Invitation(
            code.key, label: label, reason: reason, expires: Timestamp(seconds: Timestamp.now.seconds + ttl.seconds), by: .current,
            relay: shown.fingerprint)
        // From now on ^C must not leave an invitation without its code.
        if !detach { Interruption.begin() }
        _ = try Decider(local).carryOut(try InvitationProposal(.open(invitation), local, by: .current), by: .current, waiting: 60)
        return (code, invitation)
    }
}
