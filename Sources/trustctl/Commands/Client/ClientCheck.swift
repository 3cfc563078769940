import ArgumentParser
import Certificates
import Client
import Glibc
import Host
import TrustCore

struct ClientCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says whether relay and client trust each other.",
        discussion: """
            Does what a mail would do, up to the recipient, and sends nothing. Exit status: 0 trusted both ways; 10 waiting for approval; 11 not \
            the pinned relay; 12 the relay asks for no certificate; 13 this client's certificate has expired or is not valid yet; 14 no TLS; 15 cannot \
            connect; 16 not pinned yet.
            """)

    @OptionGroup var target: RelayOptions
    @Option(help: ArgumentHelp("The envelope sender; empty (<>) by default.", valueName: "address")) var from = ""
    @Option(help: ArgumentHelp("The recipient to ask for; its domain must not be the relay's.", valueName: "address"))
    var to = "postmaster@check.invalid"
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
    }

    func run() throws {
        let relay = try target.name()
        let folder = try client.folder()
        let identity = try folder.identities.current()
        let check = RelayCheck(
            relay: relay, implicit: target.isImplicit(relay), sender: from, recipient: to, timeLimit: .seconds(timeout))
        let pinned = try folder.pins.certificate(of: relay)
        let finding = check.run(as: identity, expecting: pinned)
        Terminal.show(ClientReport().found(finding, relay, own: identity.certificate, pinned: pinned), json: common.json)
        guard finding.state == .trusted else { Glibc.exit(finding.state.exit.rawValue) }
    }
}
