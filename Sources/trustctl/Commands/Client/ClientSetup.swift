import ArgumentParser
import Client
import EximControl
import Host
import Setup
import SystemPackage
import Trust
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
        let snippets = try relay.map { relay throws(Failure) in try self.snippets(RelayName(relay), folder) }
        if let program, let snippets { return Output.write(snippets.text(for: program)) }
        let local = try LocalTrust(
            config: common.config, mayBeMissing: true, takesBack: remove, progress: Terminal.progress(json: common.json))
        do throws(Failure) {
            try SetupDialogue(decider: Decider(local), common: common, options: change, report: ClientSetupReport()).carryOut(
                record: ClientMailSetup.record(local.configuration), removes: remove
            ) { () throws(Failure) in
                try ClientMailSetup(snippets, in: folder, local, reason: change.reason, by: .current)
            }
        } catch {
            if let instructions = error.instructions { Output.write(instructions) }
            throw error
        }
    }

    private func snippets(_ relay: RelayName, _ folder: ClientFolder) throws(Failure) -> ClientSnippets {
        let pinned = try folder.pins.certificate(of: relay)
        do throws(Failure) { _ = try folder.identities.current() } catch {
            // All that is missing, at once.
            guard error.exit == .noSuchEntry, pinned == nil else { throw error }
            throw Failure(
                messages: [error.reason, "\(relay) is not pinned"], hint: "trustctl client new, then trustctl client pin \(relay)",
                exit: error.exit)
        }
        guard let pinned else { throw Failure("\(relay) is not pinned", .notPinned, hint: "trustctl client pin \(relay)") }
        for path in [folder.identities.key, folder.identities.certificate] where !SetupPlaces.isPlain(path) {
            throw Failure(
                "\(path) cannot be used in a mail program's configuration", .notSound,
                hint: "use a folder of letters, digits, . _ - + and /")
        }
        return ClientSnippets(
            relay: relay, implicit: implicitTls || relay.beginsWithTLS, pinned: pinned, key: folder.identities.key,
            certificate: folder.identities.certificate,
            pin: folder.pins.file(of: relay))
    }
}

extension ClientSnippets.MailProgram: ExpressibleByArgument {}
