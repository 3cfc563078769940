import ArgumentParser
import Certificates
import Client
import Doctor
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct ClientRenew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Makes the next certificate, and switches to it when the relay trusts it.",
        discussion: """
            Mail keeps using the current certificate until every pinned relay relays for the next one; then one rename switches them. \
            Repeat the command after the relay's operator has approved the next one. Exit statuses are those of `client check`. \
            trustctl-client-renew.timer repeats it daily once it is enabled.
            """)

    @Argument(help: ArgumentHelp("Ask these relays only; by default all that are pinned.", valueName: "relay[:port]"))
    var relays: [String] = []
    @Flag(help: "TLS from the first byte, as on port 465, and not STARTTLS.") var implicitTls = false
    @Flag(help: "Keep the key, as for a certificate of a CA.") var sameKey = false
    @Flag(help: "Make a new key, and have the old one sign that it follows.") var signed = false
    @Option(
        help: ArgumentHelp("Do nothing unless the current one ends within so many days, or a next one waits already.", valueName: "days"))
    var due: Int?
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !sameKey || !signed else { throw ValidationError("--same-key and --signed exclude each other") }
    }

    func run() throws {
        let folder = try client.folder()
        let current = try folder.identities.current()
        let waiting = try folder.identities.next()
        if let due, waiting == nil, Timestamp.now.seconds + Int64(due) * 86_400 < current.certificate.notAfter.seconds {
            return Terminal.note("the certificate is valid until \(current.certificate.notAfter.day): not due yet")
        }
        guard folder.identities.canSwitch else {
            throw Failure(
                "\(folder.identities.key) was not made by trustctl, so it cannot be replaced in one step", .notSound,
                hint: "make the next one in another folder: `trustctl client new --dir DIR`")
        }
        var next: Identity
        if let waiting { next = waiting } else { next = try make(folder, current) }
        var names: [RelayName] = []
        for relay in relays { names.append(try RelayName(relay)) }
        if names.isEmpty { names = try folder.pins.relays() }
        guard !names.isEmpty else {
            throw Failure("no relay is pinned, so none can be asked", .notPinned, hint: "trustctl client pin RELAY")
        }
        var findings = try names.map { relay throws(Failure) in (relay, try check(relay, next, folder)) }
        if let (relay, issued) = findings.lazy.compactMap({ relay, verdict in verdict.issued.map { (relay, $0) } }).first {
            // The CA's answer to the next one takes its place.
            let taking = IssuedTaking(
                folder: folder, config: common.config, relay: relay, implicit: implicitTls || relay.beginsWithTLS)
            let outcome = try taking.take(issued, for: next)
            next = outcome.identity
            findings = outcome.findings.map { ($0.relay, $0.verdict) }
            Terminal.show(
                ClientReport().renewed(findings, from: current.certificate, to: next.certificate, isDone: outcome.isInUse),
                json: common.json)
            if let unready = findings.first(where: { $0.1.state != .trusted }) { Glibc.exit(unready.1.state.exit.rawValue) }
            return
        }
        let unready = findings.first { $0.1.state != .trusted }
        if unready == nil { try folder.identities.switchToNext() }
        Terminal.show(
            ClientReport().renewed(findings, from: current.certificate, to: next.certificate, isDone: unready == nil), json: common.json)
        if let unready { Glibc.exit(unready.1.state.exit.rawValue) }
    }

    /// A CA renews what has the key of its last certificate.
    private func keepsKey(_ current: Identity) -> Bool { sameKey || !signed && current.certificate.ownSignature == .none }

    private func make(_ folder: ClientFolder, _ current: Identity) throws(Failure) -> Identity {
        let (key, certificate) = try identity.make(
            name: identity.name ?? current.certificate.ownName, key: keepsKey(current) ? current.key : nil, signedBy: signed ? current : nil
        )
        identity.tellIfCut(certificate)
        return try folder.identities.addNext(
            key, certificate,
            for: KeyReader(try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress).configuration))
    }

    private func check(_ relay: RelayName, _ next: Identity, _ folder: ClientFolder) throws(Failure) -> RelayVerdict {
        RelayCheck(relay: relay, implicit: implicitTls || relay.beginsWithTLS).run(
            as: next, expecting: try folder.pins.certificate(of: relay))
    }
}

extension Certificate {
    /// The name that `client new` gave it; nil when it has another form.
    fileprivate var ownName: String? {
        let names = subjectAlternativeNames.filter { !Self.isOfInvitation(name: $0) && !Self.isOfRenewal(name: $0) }
            .compactMap { name in name.firstIndex(of: ":").map { String(name[name.index(after: $0)...]) } }
        return names.count == 1 ? names[0] : nil
    }
}
