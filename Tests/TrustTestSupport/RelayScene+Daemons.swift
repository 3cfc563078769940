package import Glibc

/// Further Exim daemons beside the scene's own.
extension RelayScene {
    /// Starts `command`, which becomes a daemon, and waits until it greets on `port`.
    package func startDaemon(_ command: [String], port: Int, tlsOnConnect: Bool = false) throws {
        let started = try ProgramRun.run(command[0], Array(command.dropFirst()))
        guard started.exitCode == 0 else { throw NothingCame(description: "\(started)") }
        if tlsOnConnect {
            try waitUntil("Exim serves port \(port)") { (try? TCPConnection(to: port, from: "127.0.0.1")) != nil }
        } else {
            try waitUntil("Exim greets on port \(port); its log:\n\(exim.logText)") { LoopbackPort.greets(port) }
        }
    }

    /// The processes of this scene that run a program with `words` among their arguments.
    package func processes(_ words: String...) -> [pid_t] {
        SceneProcesses.naming(folder).filter { pid in
            let line = SceneProcesses.commandLine(of: pid)
            return words.allSatisfy(line.contains)
        }
    }

    /// Writes the configuration of a second Exim, with a port and a pid file of its own. `edit` may change its text. Returns its path.
    package func secondConfiguration(port: Int, _ edit: (String) -> String = { $0 }) throws -> String {
        let text = configuration.text(in: folder, port: port).replacing("run/exim.pid", with: "run/submission.pid")
        try folder.write("submission.conf", edit(text))
        return folder("submission.conf")
    }
}
