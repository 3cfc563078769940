import ArgumentParser
import Client
import Doctor
import EximControl
import Glibc
import Host
import Trust
import TrustCore

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks the whole installation and says how to fix what is wrong.",
        discussion: """
            Asks Exim itself, by rehearsing sessions with it, and changes nothing. A host that is only a client is examined as one: it asks \
            the pinned relays. Prints nothing when all is well; ends with status 78 when there is an error. trustctl-doctor.timer does it daily \
            once it is enabled, with --keep.
            """)

    @Flag(help: "Keep what was found for `metrics` and `status --check`, without the texts.") var keep = false
    @OptionGroup var client: ClientOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        guard geteuid() == 0 else {
            throw Failure("only root can ask Exim everything that doctor needs to know", .notPermitted, hint: "sudo trustctl doctor")
        }
        let begin = Timestamp.now
        let examination = Examination(config: common.config, progress: Terminal.progress(json: common.json))
        let client = ClientFindings(folder: try ClientFolder(client.dir), config: common.config)
        let isClientOnly = client.isClient && !examination.isRelay
        let findings = (isClientOnly ? client.findings(Terminal.progress) : examination.findings).ordered
        Terminal.show(
            Answer(FindingsDocument(findings), [.text(findings.text(Style(for: STDOUT_FILENO)))]), json: common.json)
        if keep {
            let ledger = try LocalTrust(config: common.config, mayBeMissing: true).configuration.ledger
            do throws(SystemError) { try KeptFindings(findings, at: begin).keep(in: ledger) } catch { throw Failure(error) }
        }
        if findings.hasError { Glibc.exit(ExitStatus.notSound.rawValue) }
    }
}
