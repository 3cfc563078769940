import ArgumentParser
import Client
import Host

/// The other side: what a client does to be trusted, and to trust its relay.
struct ClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "The client's side: a certificate, the relay's pin, and a check of both.",
        discussion: """
            `client new` makes the certificate, `client pin` stores the relay's, `client check` says whether each trusts the other.
            """,
        subcommands: [ClientJoin.self, ClientNew.self, ClientPin.self, ClientCheck.self, ClientSetup.self, ClientRenew.self])
}

/// What every command of the client's takes.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Use this folder instead of /etc/trustd/client (root) or ~/.config/trustd.", valueName: "dir"),
        completion: .directory)
    var dir: String?

    /// The folder, which nobody else may change.
    func folder() throws(Failure) -> ClientFolder {
        let folder = try ClientFolder(dir)
        try folder.check()
        return folder
    }
}

/// Which relay, and how it is spoken to.
struct RelayOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The relay's name or address; port 25 unless another one is given.", valueName: "relay[:port]"))
    var relay: String

    @Flag(help: "TLS from the first byte, as on port 465, and not STARTTLS.")
    var implicitTls = false

    func name() throws(Failure) -> RelayName { try RelayName(relay) }
    func isImplicit(_ name: RelayName) -> Bool { implicitTls || name.beginsWithTLS }
}
