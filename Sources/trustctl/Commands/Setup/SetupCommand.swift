import ArgumentParser
import Authority
import Certificates
import EximControl
import FoundationEssentials
import Glibc
import Host
import Setup
import SystemPackage
import Trust
import TrustCore

struct SetupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Makes the installed Exim a relay that trusts certificates, or undoes that.",
        discussion: """
            Shows the diff of every file and asks. Exim rehearses sessions with the new files before they are live. Where trustctl cannot \
            be sure what to edit, nothing is changed, and standard output says exactly what to put where.
            """)

    @Option(help: ArgumentHelp("How a certificate is trusted.", valueName: "way")) var trust: WayOfTrust?
    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp("The certificate of the CA whose clients may relay, with --trust ca.", valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var authority: String?
    @Option(
        help: ArgumentHelp(
            "Where the approved fingerprints are: in the macro (the default for a new setup), or in a folder, without reloads.",
            valueName: "form"))
    var list: ListForm.Kind?
    @Option(help: ArgumentHelp("Whom `trustctl notify` tells by mail what is new.", valueName: "address")) var notifyTo: String?
    @Flag(help: "Undo everything that setup has changed.") var remove = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !remove || trust == nil else { throw ValidationError("--trust and --remove exclude each other") }
        guard authority == nil || trust == nil || trust == .authority else { throw ValidationError("--ca goes with --trust ca") }
        guard !remove || authority == nil else { throw ValidationError("--ca and --remove exclude each other") }
        guard !remove || list == nil else { throw ValidationError("--list and --remove exclude each other") }
        guard !remove || notifyTo == nil else { throw ValidationError("--notify-to and --remove exclude each other") }
        if let notifyTo, MailAddress(notifyTo) == nil {
            throw ValidationError("--notify-to takes one mail address, such as root@localhost")
        }
    }

    func run() throws {
        // Without the file the defaults hold; setup writes it when something else must be said.
        let local = try LocalTrust(
            config: common.config, mayBeMissing: true, takesBack: remove, progress: Terminal.progress(json: common.json))
        let notify = notifyTo.flatMap { MailAddress($0) } ?? askWhomToTell(local.configuration)
        let report = SetupReport(
            settings: local.file, removes: remove, tells: notify != nil, own: remove ? nil : { () throws(Failure) in try local.own() })
        do throws(Failure) {
            try SetupDialogue(decider: Decider(local), common: common, options: change, report: report).carryOut(
                record: RelaySetup.record(local.configuration), removes: remove
            ) { () throws(Failure) in
                try RelaySetup(
                    .init(
                        way: trust, authority: authority.map { FilePath($0) } ?? ownAuthority(local), list: list, removes: remove,
                        reason: change.reason,
                        notifyTo: notify), local,
                    by: .current)
            }
        } catch {
            if let instructions = error.instructions { Terminal.show(Instructions(instructions: instructions).answer, json: common.json) }
            throw error
        }
    }
}

extension SetupCommand {
    /// Our own CA, where trust is to be by a CA and nobody has said by which, and it is by none yet.
    private func ownAuthority(_ local: LocalTrust) -> FilePath? {
        let own = OwnAuthority(local)
        guard trust == .authority, own.isThere, !RevokedFolder(local.configuration).isThere else { return nil }
        return own.certificateFile
    }

    /// A person who sets this up is asked once whom notify shall tell.
    private func askWhomToTell(_ configuration: Configuration) -> MailAddress? {
        guard configuration.notifyTo == nil, !remove, !change.yes, !change.dryRun, !common.json, geteuid() == 0, TerminalInput.isThere,
            isatty(STDERR_FILENO) != 0
        else { return nil }
        for _ in 0..<3 {
            TerminalInput.flush()
            Output.tell("whom to tell by mail what is new, such as root@localhost (Enter for none): ")
            guard let answer = TerminalInput.line(), !answer.isEmpty else { return nil }
            if let address = MailAddress(answer) { return address }
            Terminal.note("that is not one mail address")
        }
        return nil
    }
}

extension WayOfTrust: ExpressibleByArgument {}
extension ListForm.Kind: ExpressibleByArgument {}
