package import CLinux
import Glibc
package import SystemPackage
package import TrustCore

/// A program that we start: by argument vector, with a clean environment and absolute path, never through a shell.
///
/// Not swift-subprocess: between fork and exec the child must enter a mount namespace of its own and bind `substitutions` in it, and
/// `preSpawnProcessConfigurator` is a C function there that gets no context.
package struct Program {
    package let path: FilePath
    package let arguments: [String]
    /// Mounts that only the program sees, made in this order.
    package let substitutions: [Substitution]
    /// As whom it runs; nil: as this process does.
    package var account: Account?
    /// `SSH_AUTH_SOCK` for a program that signs with the operator's agent; nil: it has none.
    package var agentSocket: String?

    package init(_ path: FilePath, _ arguments: [String], substitutions: [Substitution] = []) {
        self.path = path
        self.arguments = arguments
        self.substitutions = substitutions
    }

    /// The program sees `candidate` at the path `live`. Both exist, and are both files or both folders.
    package struct Substitution: Equatable {
        package let candidate: FilePath
        package let live: FilePath

        package init(candidate: FilePath, live: FilePath) {
            self.candidate = candidate
            self.live = live
        }
    }

    package struct Result {
        package let status: CInt
        package let output: [UInt8]
        package let error: String

        package init(status: CInt, output: [UInt8], error: String) {
            self.status = status
            self.output = output
            self.error = error
        }
    }

    /// What it reads on its standard input; at most `mostInput` bytes, so that a pipe takes them at once (pipe(7)).
    package var input: [UInt8] = []
    private static let mostInput = 4_096
    /// After which a program that should answer in milliseconds is killed.
    package var timeLimit = Duration.seconds(60)
    /// Called once when it has run for a second.
    package var whenSlow: (@Sendable () -> Void)?
    /// The most bytes that it may write: more than the longest list, less than our memory.
    var maximumOutput = 128 << 20
    private static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/"]

    /// Runs the program and waits for its end.
    package func run() throws(ProgramError) -> Result {
        var pipes: [CInt] = [-1, -1, -1, -1]
        defer { for descriptor in pipes where descriptor >= 0 { close(descriptor) } }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw .system(SystemError("open", "/dev/null")) }
        defer { close(null) }
        let made = pipes.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return false }
            return pipe(base) == 0 && pipe(base + 2) == 0
        }
        guard made else { throw .system(SystemError("pipe", path)) }
        for descriptor in pipes { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

        let source = input.isEmpty ? -1 : try inputPipe()
        defer { if source >= 0 { close(source) } }
        let child = try start(input: source >= 0 ? source : null, output: pipes[1], error: pipes[3])
        close(pipes[1])
        close(pipes[3])
        pipes[1] = -1
        pipes[3] = -1
        var output: [UInt8] = []
        var error: [UInt8] = []
        let fault = collect(from: pipes[0], into: &output, and: pipes[2], into: &error)
        if fault != nil { kill(child, SIGKILL) }
        let status = Self.wait(for: child)
        if let fault { throw fault }
        let text = String(decoding: error.prefix(16_384), as: UTF8.self)
        if status == CInt(CLINUX_NO_MOUNT), !substitutions.isEmpty { throw .mountNotPermitted(text) }
        if status == CInt(CLINUX_NO_EXEC) { throw .cannotStart(path, text) }
        return Result(status: status, output: output, error: text)
    }

    /// The reading end of a pipe with the whole input in it.
    private func inputPipe() throws(ProgramError) -> CInt {
        guard input.count <= Self.mostInput else { throw .tooMuch(path, bytes: Self.mostInput) }
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .system(SystemError("pipe", path)) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        guard write(ends[1], input, input.count) == input.count else {
            close(ends[0])
            throw .system(SystemError("write", path))
        }
        return ends[0]
    }

    /// Starts the program without waiting for it. It goes on when we end. Returns its pid.
    package func startDetached() throws(ProgramError) -> pid_t {
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { throw .system(SystemError("open", "/dev/null")) }
        defer { close(null) }
        return try start(input: null, output: null, error: null, outlives: true)
    }

    /// Waits for the end of a child: its exit status, 128 + the signal that ended it, or -1.
    package static func wait(for child: pid_t) -> CInt {
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Starts the program with these standard descriptors; returns its pid, for `wait`.
    package func start(input: CInt, output: CInt, error: CInt, outlives: Bool = false) throws(ProgramError) -> pid_t {
        var arguments = ([path.string] + arguments).map { strdup($0) } + [UnsafeMutablePointer<CChar>?.none]
        let variables = Self.environment + (agentSocket.map { ["SSH_AUTH_SOCK=\($0)"] } ?? [])
        var environment = variables.map { strdup($0) } + [UnsafeMutablePointer<CChar>?.none]
        var bindings = substitutions.flatMap { [strdup($0.candidate.string), strdup($0.live.string)] } + [nil]
        defer { for text in arguments + environment + bindings { free(text) } }
        let keeps: CInt = outlives ? 1 : 0
        let child: pid_t
        if let account {
            child = account.groups.withUnsafeBufferPointer { groups in
                var identity = clinux_account(user: account.user, group: account.group, groups: groups.baseAddress, count: groups.count)
                return clinux_start(path.string, &arguments, &environment, input, output, error, keeps, &bindings, &identity)
            }
        } else {
            child = clinux_start(path.string, &arguments, &environment, input, output, error, keeps, &bindings, nil)
        }
        guard child > 0 else { throw .system(SystemError("fork", path)) }
        return child
    }

    /// Reads both pipes to their ends. Returns an error when that takes too long or is too much.
    private func collect(
        from first: CInt, into output: inout [UInt8], and second: CInt, into error: inout [UInt8]
    ) -> ProgramError? {
        let deadline = Clock.monotonic + timeLimit
        var wait = SlowWait { whenSlow?() }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        var waiting = [pollfd(fd: first, events: Int16(POLLIN), revents: 0), pollfd(fd: second, events: Int16(POLLIN), revents: 0)]
        while waiting.contains(where: { $0.fd >= 0 }) {
            let left = deadline - Clock.monotonic
            guard left > .zero else { return .tooSlow(path, timeLimit) }
            guard output.count + error.count <= maximumOutput else { return .tooMuch(path, bytes: maximumOutput) }
            let count = poll(&waiting, 2, min(left, wait.pause).milliseconds)
            wait.look()
            guard count > 0 else { continue }
            for index in 0..<2 where waiting[index].fd >= 0 && waiting[index].revents != 0 {
                let count = read(waiting[index].fd, &chunk, chunk.count)
                if count < 0 && errno == EINTR { continue }
                if count <= 0 {
                    waiting[index].fd = -1
                } else if index == 0 {
                    output.append(contentsOf: chunk[..<count])
                } else {
                    error.append(contentsOf: chunk[..<count])
                }
            }
        }
        return nil
    }
}

/// Why a program gave no result.
package enum ProgramError: Error, CustomStringConvertible {
    case system(SystemError)
    case cannotStart(FilePath, String)
    /// The kernel does not let us make a mount namespace, or bind in it.
    case mountNotPermitted(String)
    case tooSlow(FilePath, Duration)
    case tooMuch(FilePath, bytes: Int)

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .cannotStart(let path, let why): "cannot start \(path): \(Printable(why.trimmed))"
        case .mountNotPermitted(let why): "cannot mount: \(Printable(why.trimmed))"
        case .tooSlow(let path, let limit): "\(path) did not end within \(limit.components.seconds) seconds"
        case .tooMuch(let path, let bytes): "\(path) wrote more than \(bytes) bytes"
        }
    }
}
