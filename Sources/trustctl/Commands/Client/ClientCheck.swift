import ArgumentParser
import Certificates
import Client
import Glibc
import Host
import Trust
import TrustCore

struct ClientCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says whether relay and client trust each other.",
        discussion: """
            Does what a mail would do, up to the recipient, and asks this host's mail program what it would do. Exit status: 0 trusted both ways; \
            10 waiting for approval; 11 not the pinned relay; 12 the relay asks for no certificate; 13 this client's certificate has expired or is \
            not valid yet; 14 no TLS; 15 cannot connect; 16 not pinned yet; 17 this host's mail does not use the pin; 18 the pinned relay's \
            certificate has expired; 19 this host's mail program cannot verify that relay; 20 this certificate can never be accepted there.
            """)

    @OptionGroup var target: RelayOptions
    @Option(help: ArgumentHelp("The envelope sender; empty (<>) by default.", valueName: "address")) var from = ""
    @Option(help: ArgumentHelp("The recipient to ask for; its domain must not be the relay's.", valueName: "address"))
    var to = RelayCheck.usualRecipient
    @Flag(help: "Ask once more without the certificate; the relay logs that it refuses.") var control = false
    @Option(help: ArgumentHelp("If nothing is wrong, send one real message to this recipient, and follow it.", valueName: "address"))
    var deliver: String?
    @Option(help: ArgumentHelp("Give up after this long.", valueName: "seconds")) var timeout = Int(RelayVisit.timeLimit.components.seconds)
    @OptionGroup var client: ClientOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout takes 1 to 3600 seconds") }
        // One line of SMTP, and nothing that would end it or the brackets.
        for address in [from, to] where !address.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"<>".utf8.contains($0) }) {
            throw ValidationError("“\(Printable(address, limit: 80))” is not a mail address")
        }
        guard to.contains("@"), from.isEmpty || from.contains("@") else { throw ValidationError("--from and --to take mail addresses") }
        // Exim takes it for a list of recipients: nothing in it may begin a second one.
        if let deliver, !Self.isPlainAddress(deliver) {
            throw ValidationError("“\(Printable(deliver, limit: 80))” is not a plain mail address")
        }
    }

    func run() throws {
        let relay = try target.name()
        let folder = try client.folder()
        var identity = try folder.identities.current()
        let check = RelayCheck(
            relay: relay, implicit: target.isImplicit(relay), sender: from, recipient: to, timeLimit: .seconds(timeout),
            asksWithout: control)
        let pinned = try folder.pins.certificate(of: relay)
        let local = Result { () throws(Failure) in
            try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
        }
        let examination = ClientExamination(check, in: folder, local)
        var finding = examination.run(as: identity, expecting: pinned)
        let report = ClientReport()
        var taken: ClientIssue.Outcome?
        if let issued = finding.relay.issued {
            let taking = IssuedTaking(folder: folder, config: common.config, relay: relay, implicit: target.isImplicit(relay))
            let outcome = try taking.take(issued, for: identity)
            if outcome.isInUse {
                identity = outcome.identity
                finding = examination.run(as: identity, expecting: pinned)
            }
            taken = outcome
        }
        var answer = report.found(finding, relay, own: identity.certificate, pinned: pinned)
        if let taken { answer = report.taken(taken, before: answer) }
        var exit = finding.state.exit
        if let deliver {
            guard finding.state == .trusted else {
                answer.parts.append(.note("nothing was sent to \(deliver)"))
                Terminal.show(answer, json: common.json)
                Glibc.exit(exit.rawValue)
            }
            Terminal.say("sending one message to \(deliver) through this host's exim")
            let delivery = try examination.deliver(to: deliver, seen: finding)
            answer = report.delivered(delivery, relay, after: answer, finding)
            exit = delivery.state.exit
        }
        Terminal.show(answer, json: common.json)
        guard exit == .done else { Glibc.exit(exit.rawValue) }
    }

    private static func isPlainAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].utf8.first, first.isLetterOrDigit, RelayName.isName(parts[1]) else { return false }
        return text.utf8.count <= 254 && parts[0].utf8.allSatisfy { $0.isLetterOrDigit || "._+-=~#&'*".utf8.contains($0) }
    }
}
