import ArgumentParser
import EximControl
import Glibc
import Host
import Trust
import TrustCore

/// Lists what waits and decides it: the only program here that can grant trust.
///
/// Changes run as root. Reads the queue as hostile input and never a log; starts Exim's own programs by argument vector, and no shell.
@main
struct Trustctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trustctl",
        abstract: "Decides which certificates may relay mail through Exim.",
        discussion: """
            trustd queues the fingerprints of certificates that tried; `trustctl list` shows them, `trustctl approve` lets one relay.
            Nothing that it prints about a certificate proves who holds it: check the digits with its owner over another channel.
            """,
        version: "trustctl \(Version.current)",
        subcommands: [
            List.self, Show.self, Watch.self, Review.self, Approve.self, Deny.self, Revoke.self, Forget.self, LabelCommand.self,
            NoteCommand.self,
            Expire.self, ImportCommand.self, ExportCommand.self, History.self, Undo.self,
            StatusCommand.self, MetricsCommand.self, NotifyCommand.self, Invite.self, Admit.self, SetupCommand.self, DoctorCommand.self,
            AuthorityCommand.self, FleetCommand.self, ClientCommand.self,
        ])

    static func main() {
        ThisProcess.clearEnvironment()
        // The folders that we make must be open to trustd and to those who may look, whatever the operator's shell says.
        umask(0o022)
        let typed = TypedCommand(Array(CommandLine.arguments.dropFirst()), of: Self.self)
        do {
            if let failure = typed.failure { throw failure }
            var command = try parseAsRoot()
            try command.run()
            let looking: [any ParsableCommand.Type] = [
                List.self, Show.self, History.self, ExportCommand.self, StatusCommand.self, DoctorCommand.self, ClientCheck.self,
                AuthorityList.self,
            ]
            try checkOutput(changes: !looking.contains { $0 == type(of: command) })
        } catch let failure as Failure {
            Terminal.progress.tell(failure)
            Glibc.exit(failure.exit.rawValue)
        } catch {
            let code = exitCode(for: error)
            guard !code.isSuccess else { exit(withError: error) }
            let message = message(for: error).trimmed
            let first = message.prefix(1).lowercased() + message.dropFirst()
            Terminal.progress.tell(Failure(first.hasSuffix(".") ? String(first.dropLast()) : first, .usage, hint: "\(typed.name) --help"))
            Glibc.exit(ExitStatus.usage.rawValue)
        }
    }

    /// Fails when output was lost, so that a part of a list is never taken for all of it. What a command has changed is done all the same.
    private static func checkOutput(changes: Bool) throws(Failure) {
        guard let failure = Output.failure else { return }
        if changes { return Terminal.note("warning: \(failure): part of the output is lost; the command is done") }
        throw Failure(
            "\(failure): part of the output is lost", .notSound,
            hint: "nothing has changed; repeat the command, and write its output elsewhere")
    }
}
