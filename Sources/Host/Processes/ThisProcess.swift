import CLinux
import Glibc
package import SystemPackage
import TrustCore

/// trustctl's own process: what it takes over from its caller, and which signals may end it.
package enum ThisProcess {
    /// The variables that we read: colours, the client's folder, who called sudo, the journal, the shell that completions are for.
    private static let wantedVariables: Set<String> = [
        "TERM", "NO_COLOR", "COLUMNS", "HOME", "SUDO_USER", "JOURNAL_STREAM", "SHELL", "SAP_SHELL",
        "SAP_SHELL_VERSION",
    ]

    /// The socket of the operator's ssh-agent(1), for ssh-keygen(1) when he signs. An agent signs; it cannot make us run anything.
    nonisolated(unsafe) package private(set) static var agentSocket: String?

    /// Removes every variable that we do not read.
    ///
    /// The attack: with OPENSSL_CONF root would load that user's code, with DBUS_SYSTEM_BUS_ADDRESS believe that user's bus.
    package static func clearEnvironment() {
        agentSocket = getenv("SSH_AUTH_SOCK").map { String(cString: $0) }
        ProcessEnvironment.keep(only: wantedVariables)
    }

    /// Gives the kernel back what was freed: before a part of the work that needs memory of another shape.
    package static func returnFreedMemory() { clinux_trim_heap() }

    /// The path from the root on, as its writer meant it.
    package static func absolute(_ path: FilePath) -> FilePath {
        guard !path.isAbsolute, let name = getcwd(nil, 0) else { return path }
        defer { free(name) }
        return FilePath(String(cString: name)).pushing(path).lexicallyNormalized()
    }

    /// What was typed, for a hint: `trustctl deny 6089ABB0FFB0106E`, escaped. Only the command's name where the rest is long or must be quoted.
    package static var commandLine: String {
        let words = CommandLine.arguments.dropFirst()
        let isPlain = words.allSatisfy { $0.utf8.allSatisfy { $0.isLetterOrDigit || "-_./:=,@+".utf8.contains($0) } && !$0.isEmpty }
        let whole = (["trustctl"] + words).joined(separator: " ")
        if isPlain, whole.utf8.count <= 200 { return whole }
        return "trustctl \(words.first.map { Printable($0, limit: 20).description } ?? "") …"
    }

    /// Whether root may look into the processes of other users here. Containers often lack the capability (capabilities(7)): then not even
    /// which program such a process runs can be seen.
    package static var mayExamineOthers: Bool { ProcessFacts(pid: getpid()).hasCapability(19) }

    /// Runs `body` to its end and ignores the signals of a terminal and of a broken pipe meanwhile: Ctrl-C in the middle of a change would
    /// leave a certificate trusted without a ledger entry until the next command. What cannot be ignored (SIGKILL, a crash of the machine)
    /// is what the journal is for.
    package static func ignoringSignals<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP]
        let before = numbers.map { signal($0, SIG_IGN) }
        defer { for (number, handler) in zip(numbers, before) { signal(number, handler) } }
        return try body()
    }
}
