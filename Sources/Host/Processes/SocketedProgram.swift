import CLinux
import Glibc
import SystemPackage
import TrustCore

/// A running program with a socket as its standard input and output. What it writes to standard error is kept in memory.
package struct SocketedProgram: ~Copyable {
    /// Our end of the socket.
    package let descriptor: CInt
    private let child: pid_t
    private let errors: CInt
    private let usesMounts: Bool

    /// The most bytes that it may write to standard error. Exim writes a line for each condition that it tests.
    private static let mostErrors = 8 << 20
    /// How long it may take to end after we hung up.
    private static let courtesy = Duration.seconds(10)

    package init(_ program: Program) throws(ProgramError) {
        var pair: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else { throw .system(SystemError("socketpair", program.path)) }
        // A file and not a pipe, which nobody would read during the session. Its size is fixed, so that a faulty program cannot fill the
        // memory.
        let errors = clinux_bounded_memory(Self.mostErrors)
        guard errors >= 0 else {
            let error = SystemError("memfd_create", program.path)
            for open in pair { close(open) }
            throw .system(error)
        }
        do throws(ProgramError) {
            child = try program.start(input: pair[1], output: pair[1], error: errors)
        } catch {
            for open in pair + [errors] { close(open) }
            throw error
        }
        close(pair[1])
        descriptor = pair[0]
        self.errors = errors
        usesMounts = !program.substitutions.isEmpty
    }

    /// Hangs up and waits for the program's end, or kills it. Returns its status and what it wrote to standard error.
    package consuming func clear(_ program: Program) throws(ProgramError) -> (status: CInt, errors: String) {
        shutdown(descriptor, CInt(SHUT_RDWR))
        let handle = clinux_pidfd_open(child)
        var end = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        let deadline = Clock.monotonic + Self.courtesy
        while handle < 0 || poll(&end, 1, (deadline - Clock.monotonic).milliseconds) <= 0 {
            guard handle >= 0, Clock.monotonic < deadline else {
                kill(child, SIGKILL)
                break
            }
        }
        if handle >= 0 { close(handle) }
        let status = Program.wait(for: child)
        let text = self.text
        close(descriptor)
        close(errors)
        let isMountRefused = usesMounts && status == CInt(CLINUX_NO_MOUNT)
        let isMissing = status == CInt(CLINUX_NO_EXEC)
        discard self
        if isMountRefused { throw .mountNotPermitted(text) }
        if isMissing { throw .cannotStart(program.path, text) }
        return (status, text)
    }

    deinit {
        kill(child, SIGKILL)
        _ = Program.wait(for: child)
        close(descriptor)
        close(errors)
    }

    /// What the program wrote to standard error.
    private var text: String { String(decoding: BoundedMemory.written(to: errors), as: UTF8.self) }
}
