import ArgumentParser
import Client
import Host
import TrustCore

struct ClientSetup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup", abstract: "Has this host send its mail to the pinned relay, or prints how.",
        discussion: """
            On Debian it makes the relay the smarthost if it is not, and writes Exim's macros: shows the diff, asks, and takes it back with \
            --remove. Elsewhere standard output says exactly what to put where; with --for it is the text for another mail program.
            """)

    @Argument(help: ArgumentHelp("The relay's name or address; port 25 unless another one is given.", valueName: "relay[:port]"))
    var relay: String?
    @Flag(help: "TLS from the first byte, as on port 465, and not STARTTLS.") var implicitTls = false
    @Option(name: .customLong("for"), help: "Print the text for this program, and change nothing.")
    var program: ClientSnippets.MailProgram?
    @Flag(help: "Undo everything that client setup has changed.") var remove = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard remove == (relay == nil) else { throw ValidationError("Give a relay or --remove") }
        guard !remove || program == nil else { throw ValidationError("--for and --remove exclude each other") }
    }

    func run() throws {
        // To take it back nothing in that folder need be believed.
        let folder = remove ? try ClientFolder(client.dir) : try client.folder()
        let snippets = try relay.map { relay throws(Failure) in
            let name = try RelayName(relay)
            return try folder.snippets(for: name, implicit: implicitTls || name.beginsWithTLS)
        }
        if let program, let snippets { return Output.write(snippets.text(for: program)) }
        try MailSetupDialogue(folder: folder, snippets: snippets, common: common, change: change).carryOut()
    }
}

extension ClientSnippets.MailProgram: ExpressibleByArgument {}
