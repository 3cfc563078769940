import Foundation
import Glibc

/// What `strace -ff` has seen of a program and of all that it started: which programs, with which environment, and which files were opened.
package struct SystemCallTrace {
    /// Nil when programs can be traced here, else why not.
    package static let obstacle: String? = {
        guard access(strace, X_OK) == 0 else { return "\(strace) is missing" }
        let tried = try? ProgramRun.run(strace, ["-f", "-qq", "-e", "trace=execve", "-o", "/dev/null", "/bin/true"])
        return tried?.exitCode == 0 ? nil : "this machine does not let strace trace: \(tried?.errors ?? "")"
    }()

    private static let strace = "/usr/bin/strace"

    /// What to write before a program, so that it leaves its trace in `folder`, which exists and is empty.
    package static func prefix(into folder: String, environment: [String: String]) -> [String] {
        // -v and -s: the whole environment. -y: the path of each descriptor.
        Sanitizer.traced + [
            strace, "-ff", "-qq", "-v", "-y", "-s", "4096", "-e", "trace=execve,execveat,open,openat,openat2,creat,clone,clone3,fork,vfork",
            "-o", "\(folder)/trace",
        ] + environment.sorted { $0.key < $1.key }.flatMap { ["-E", "\($0.key)=\($0.value)"] }
    }

    package struct Call: Sendable, CustomStringConvertible {
        package let name: String
        package let arguments: String
        package let result: String
        package var description: String { "\(name)(\(arguments)) = \(result)" }

        /// What stands between quotes in the arguments, as strace wrote it.
        package var texts: [String] {
            arguments.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
                .map { String($0.element) }
        }

        /// What is opened: below the descriptor's folder, when the name is relative.
        package var path: String {
            let name = texts.first ?? ""
            guard !name.hasPrefix("/"), let start = arguments.firstIndex(of: "<"), let end = arguments.firstIndex(of: ">"), start < end
            else {
                return name
            }
            return "\(arguments[arguments.index(after: start)..<end])/\(name)"
        }

        package func has(_ flags: String...) -> Bool {
            let words = arguments.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            return flags.allSatisfy { flag in words.contains { $0 == flag } }
        }
    }

    /// Calls of the program itself, in all of its processes until they became another program.
    package private(set) var own: [Call] = []
    /// The programs that it started.
    package private(set) var started: [Call] = []
    /// All that these did, and what they started.
    package private(set) var foreign: [Call] = []

    package init(in folder: String) throws {
        var processes: [String: [Call]] = [:]
        for name in File.names(in: folder) where name.hasPrefix("trace.") {
            processes[String(name.dropFirst(6))] = try File.read("\(folder)/\(name)").split(separator: "\n").compactMap {
                Self.call(String($0))
            }
        }
        let children = Set(processes.values.joined().filter { Self.forks.contains($0.name) }.map(\.result))
        let roots = processes.keys.filter { !children.contains($0) }
        guard roots.count == 1, let calls = processes[roots[0]] else {
            throw NothingCame(description: "\(roots.count) processes in \(folder) that nobody has started")
        }
        // The first one is strace's, which starts the program.
        var left = [(Array(calls.dropFirst()), isOwn: true)]
        while let (calls, isOwn) = left.popLast() {
            let turn = isOwn ? calls.firstIndex { $0.name.hasPrefix("execve") && $0.result == "0" } ?? calls.endIndex : 0
            own += calls[..<turn]
            if turn < calls.endIndex, isOwn { started.append(calls[turn]) }
            foreign += calls[turn...].dropFirst(isOwn ? 1 : 0)
            for (index, call) in calls.enumerated() where Self.forks.contains(call.name) {
                if let child = processes[call.result] { left.append((child, isOwn: isOwn && index < turn)) }
            }
        }
    }

    private static let forks: Set<String> = ["clone", "clone3", "fork", "vfork"]

    /// `name(arguments)   = result …`; with `-y` a descriptor that is returned bears its path.
    private static func call(_ line: String) -> Call? {
        guard let open = line.firstIndex(of: "("), let equals = line.range(of: " = ", options: .backwards),
            let close = line[..<equals.lowerBound].lastIndex(where: { $0 != " " }), line[close] == ")", open < close
        else { return nil }
        let result = line[equals.upperBound...].prefix { $0.isNumber || $0 == "-" || $0 == "?" }
        return Call(name: String(line[..<open]), arguments: String(line[line.index(after: open)..<close]), result: String(result))
    }
}
