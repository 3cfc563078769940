import ArgumentParser
import Certificates
import Client
import EximControl
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
            """)

    @Option(help: ArgumentHelp("What the client's certificate is to be called.", valueName: "name")) var label: String?
    @Option(help: ArgumentHelp("The reason; kept in the ledger.", valueName: "text")) var reason: String?
    @Option(help: ArgumentHelp("How long the code is good: 90s, 30m, 12h, at most 7d.", valueName: "time"))
    var ttl = TimeSpan(seconds: 3_600)
    @Option(help: ArgumentHelp("Where clients reach this relay; by default its daemon is asked here.", valueName: "host[:port]"))
    var relay: String?
    @Flag(help: "Do not wait: a timer admits the client.") var detach = false
    @Flag(help: "Show the invitations.") var list = false
    @Option(help: ArgumentHelp("Cancel the invitation with this name.", valueName: "name")) var cancel: String?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !list || cancel == nil else { throw ValidationError("--list and --cancel exclude each other") }
        if list || cancel != nil {
            guard label == nil, reason == nil, relay == nil, !detach else {
                throw ValidationError("--list and --cancel take no other option than --json")
            }
        }
        if let label, let fault = Label.fault(of: label) { throw ValidationError("--\(fault)") }
        if let reason, reason.utf8.count > 1_000 { throw ValidationError("--reason takes at most 1000 bytes") }
        guard (1...Invitation.longest).contains(ttl.seconds) else { throw ValidationError("--ttl takes at most 7d") }
    }

    func run() throws {
        let local = try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json))
        if list { return try InvitationList(local: local, json: common.json).show() }
        try local.checkMayChange()
        if cancel == nil { try local.checkMayInvite() }
        if let cancel { return try InvitationList(local: local, json: common.json).cancel(cancel) }
        let (code, invitation) = try make(local)
        // Never in JSON: a program keeps what it reads.
        if common.json { Output.tell("\(code.text)\n") } else { Output.write("\(code.text)\n") }
        Terminal.note(
            "give this code to whom you invite, over a channel that nobody else reads; it is good once, until \(invitation.expires)")
        Terminal.note("on the client: trustctl client join \(relay ?? "RELAY")")
        if detach { return Terminal.show(InvitationReport.detached(invitation, HostUnit.admit.start(local)), json: common.json) }
        Terminal.show(try InviteWait(local: local, invitation: invitation).run(), json: common.json)
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
