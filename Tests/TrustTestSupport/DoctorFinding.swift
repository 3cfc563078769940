import Foundation

/// One finding of `trustctl doctor --json`.
package struct DoctorFinding: Decodable, Sendable, CustomStringConvertible {
    package let id: String
    package let severity: String
    package let problem: String
    package let consequence: String
    package let mend: String

    /// The texts between backquotes in the mend: commands, and lines for a file.
    package var quoted: [String] {
        mend.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }

    package var description: String { "\(severity) \(id): \(problem) / \(consequence) / \(mend)" }
}

private struct Document: Decodable {
    let version: Int
    let findings: [DoctorFinding]
}

extension TrustScene {
    /// What the doctor finds. Its exit status must match, and standard error must be empty.
    package func findings() throws -> [DoctorFinding] {
        let outcome = try trustctl("doctor", "--json")
        guard outcome.errors.isEmpty, let document = try? JSONDecoder().decode(Document.self, from: Data(outcome.output.utf8)) else {
            throw NothingCame(description: "\(outcome)")
        }
        guard outcome.exitCode == (document.findings.contains { $0.severity == "error" } ? 78 : 0) else {
            throw NothingCame(description: "wrong exit status: \(outcome)")
        }
        return document.findings
    }

    /// The finding with this identifier. Throws, with all findings, if it is missing.
    package func finding(_ id: String) throws -> DoctorFinding {
        let all = try findings()
        guard let found = all.first(where: { $0.id == id }) else {
            throw NothingCame(description: "no “\(id)” among: \(all.map(\.description).joined(separator: "\n"))")
        }
        return found
    }

    /// Waits until the doctor finds nothing except `others`.
    package func waitUntilWell(but others: Set<String> = []) throws {
        var last: [DoctorFinding] = []
        do {
            try waitUntil("the doctor finds nothing") {
                last = try findings().filter { !others.contains($0.id) }
                return last.isEmpty
            }
        } catch { throw NothingCame(description: "\(error): \(last.map(\.description).joined(separator: "\n"))") }
    }

    /// Runs the commands that a finding proposes, unchanged.
    package func apply(_ finding: DoctorFinding) throws {
        let programs = ["chmod", "chown", "chgrp", "sed", "kill", "update-exim4.conf", "install", "mkdir", "rm", "trustctl"]
        let commands = finding.quoted.filter { text in programs.contains { text.hasPrefix($0 + " ") || text == $0 } }
        guard !commands.isEmpty else { throw NothingCame(description: "no command in: \(finding)") }
        for command in commands {
            let ours = command.hasPrefix("trustctl ")
            let words = ours ? "\(BuiltPrograms.trustctl) \(command.dropFirst(9)) --yes --config \(self.operator.settings)" : command
            let shell = exim.prefix + ["sh", "-c", words]
            let outcome = try ProgramRun.run(shell[0], Array(shell.dropFirst()))
            guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        }
    }
}

extension RelayScene {
    /// A relay in good order, with a running trustd, for a test that breaks something.
    package static func well(
        _ configuration: EximConfiguration = EximConfiguration(), settings: String = "", _ body: (RelayScene) throws -> Void
    ) throws {
        try run(configuration, settings: settings) { scene in
            // A HUP while the first queue run holds the daemon's socket costs Exim 30 seconds.
            try waitUntil("Exim's first queue run ends") { scene.exim.logText.contains("End queue run") }
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            try body(scene)
        }
    }

    /// The line in Exim's configuration that includes our lines for the main section.
    package var mainInclude: String {
        get throws {
            let lines = try folder.read("exim.conf").split(separator: "\n")
            guard let line = lines.first(where: { $0.hasPrefix(".include \(folder("etc/exim/one-file/main"))") }) else {
                throw NothingCame(description: "our include is missing")
            }
            return String(line)
        }
    }

    /// Replaces `old`, which must exist, in Exim's configuration, and reloads Exim.
    package func edit(_ old: String, _ new: String, reloading: Bool = true) throws {
        let text = try folder.read("exim.conf")
        guard text.contains(old) else { throw NothingCame(description: "no “\(old)” in:\n\(text)") }
        try folder.write("exim.conf", text.replacingOccurrences(of: old, with: new))
        if reloading { try exim.reload() }
    }
}
