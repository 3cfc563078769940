import ArgumentParser
import Doctor
import EximControl
import Glibc
import Host
import TrustCore

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Checks the whole installation, and says how to mend what is wrong.",
        discussion: """
            Asks Exim itself, by rehearsing sessions with it, and changes nothing. Prints nothing when all is well; ends with status 78 when
            there is an error.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        guard geteuid() == 0 else {
            throw Failure("only root can ask Exim everything that has to be known", .notPermitted, hint: "sudo trustctl doctor")
        }
        let findings = Examination(config: common.config).findings.ordered
        Output.write(common.json ? JSON.text(FindingsDocument(findings)) : findings.text(Style(for: STDOUT_FILENO)))
        if findings.hasError { Glibc.exit(ExitStatus.notSound.rawValue) }
    }
}
