import Glibc

/// A running `trustd`, unprivileged as under its unit: user nobody, in the group that may read the log.
package struct TrustDaemon: Sendable {
    private let run: ProgramRun

    /// Starts it, and waits until it reports that it is ready.
    package init(settings: String, in folder: SceneFolder, prefix: [String] = []) throws {
        let ready = try ReadinessSocket(at: folder("notify"))
        defer { ready.close() }
        let command = prefix + Self.withoutPrivileges + [BuiltPrograms.trustd, "--config", settings]
        let run = try ProgramRun(starting: command[0], Array(command.dropFirst()), environment: ["NOTIFY_SOCKET": folder("notify")])
        self.run = run
        try waitUntil("trustd is ready; it says:\n\(run.errorsSoFar)") {
            guard run.isRunning else { throw NothingCame(description: "\(try run.wait())") }
            return ready.heardReady()
        }
    }

    /// Ends it with SIGTERM, as the service manager does.
    package func stop() throws {
        run.send(SIGTERM)
        try run.wait()
    }

    /// Ends it with SIGKILL, like a crash.
    package func kill() throws {
        run.send(SIGKILL)
        try run.wait()
    }

    /// Has it do nothing until `resume`. It still holds its lock, and counts as alive.
    package func pause() { run.send(SIGSTOP) }
    package func resume() { run.send(SIGCONT) }

    package var messages: String { run.errorsSoFar }

    /// Why no unprivileged user can run the built programs; nil if one can. Tests of what such a user may not do need one.
    package static var privilegeObstacle: String? {
        withoutPrivileges.isEmpty ? "user nobody cannot run \(BuiltPrograms.trustd)" : nil
    }

    package static var canDropPrivileges: Bool { privilegeObstacle == nil }

    /// Empty if that user cannot reach the built program (a checkout below a closed home directory): then it runs as root.
    package static let withoutPrivileges: [String] = {
        let drop = [
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--groups=adm", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs",
        ]
        let tried = try? ProgramRun.run(drop[0], Array(drop.dropFirst()) + [BuiltPrograms.trustd, "--help"])
        if tried?.exitCode == 0 { return drop }
        print("note: user nobody cannot run \(BuiltPrograms.trustd), so the tests run it as root")
        return []
    }()
}

/// The service manager's end of sd_notify(3).
private struct ReadinessSocket {
    private let descriptor: CInt

    init(at path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        unlink(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard bound == 0, chmod(path, 0o777) == 0 else { throw NothingCame(description: "cannot make a socket at \(path)") }
    }

    func heardReady() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            if String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").contains("READY=1") { return true }
        }
    }

    func close() { _ = Glibc.close(descriptor) }
}
