import ArgumentParser
import Doctor
import EximControl
import Glibc
import Host
import TrustCore

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks the whole installation and says how to fix what is wrong.",
        discussion: """
            Asks Exim itself, by rehearsing sessions with it, and changes nothing. Prints nothing when all is well; ends with status 78 when
            there is an error.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        guard geteuid() == 0 else {
            throw Failure("only root can ask Exim everything that doctor needs to know", .notPermitted, hint: "sudo trustctl doctor")
        }
        let findings = Examination(config: common.config, progress: Terminal.progress(json: common.json)).findings.ordered
        Terminal.show(
            Answer(FindingsDocument(findings), [.text(findings.text(Style(for: STDOUT_FILENO)))]), json: common.json)
        if findings.hasError { Glibc.exit(ExitStatus.notSound.rawValue) }
    }
}
