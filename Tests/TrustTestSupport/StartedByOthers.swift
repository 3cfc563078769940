import Glibc

/// Exims that are not started as daemons, and programs that only look like one.
extension RelayScene {
    /// Has an inetd start this scene's Exim, on its port, while `body` runs: for each connection (`-bs`), or once with the listening socket
    /// (`-bw`).
    package func withInetd(_ option: String, _ body: () throws -> Void) throws {
        let perConnection = option == "-bs" ? ["--accept"] : []
        let inetd = try ProgramRun(
            starting: "systemd-socket-activate",
            ["--inetd"] + perConnection + [
                "--listen=127.0.0.1:\(exim.port)", PrivateExim.binary, "-C", folder("exim.conf"), option,
            ])
        defer {
            inetd.send(SIGKILL)
            _ = try? inetd.wait()
        }
        try exim.waitUntilItGreets()
        try body()
    }

    /// Starts an Exim of the user nobody with this configuration, which holds a listening socket, while `body` runs.
    package func withDecoyOfNobody(_ configuration: String, _ body: () throws -> Void) throws {
        let script = """
            import os, socket, sys
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(1); s.set_inheritable(True)
            os.execv(sys.argv[1], ["exim4", "-C", sys.argv[2], "-be"])
            """
        let decoy = try ProgramRun(
            starting: "setpriv",
            [
                "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c",
                "(sleep infinity; echo) | python3 -c '\(script)' \(PrivateExim.binary) \(configuration)",
            ])
        defer {
            decoy.sendToGroup(SIGKILL)
            _ = try? decoy.wait()
        }
        try waitUntil("the decoy runs: \(decoy.errorsSoFar)") {
            SceneProcesses.naming(folder).contains {
                SceneProcesses.program(of: $0) == PrivateExim.binary && SceneProcesses.commandLine(of: $0).contains("-be")
            }
        }
        try body()
    }
}
