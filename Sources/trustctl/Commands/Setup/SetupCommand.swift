import ArgumentParser
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
        help: ArgumentHelp(
            "Where the approved fingerprints are: in the macro (the default for a new setup), or in a folder, without reloads.",
            valueName: "form"))
    var list: ListForm.Kind?
    @Flag(help: "Undo everything that setup has changed.") var remove = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !remove || trust == nil else { throw ValidationError("--trust and --remove exclude each other") }
        guard !remove || list == nil else { throw ValidationError("--list and --remove exclude each other") }
    }

    func run() throws {
        // Without the file the defaults hold; setup writes it when something else must be said.
        let local = try LocalTrust(
            config: common.config, mayBeMissing: true, takesBack: remove, progress: Terminal.progress(json: common.json))
        let report = SetupReport(settings: local.file, removes: remove, own: remove ? nil : { () throws(Failure) in try local.own() })
        do throws(Failure) {
            try SetupDialogue(decider: Decider(local), common: common, options: change, report: report).carryOut(
                record: RelaySetup.record(local.configuration), removes: remove
            ) { () throws(Failure) in
                try RelaySetup(.init(way: trust, list: list, removes: remove, reason: change.reason), local, by: .current)
            }
        } catch {
            if let instructions = error.instructions { Terminal.show(Instructions(instructions: instructions).answer, json: common.json) }
            throw error
        }
    }
}

extension WayOfTrust: ExpressibleByArgument {}
extension ListForm.Kind: ExpressibleByArgument {}
