import Foundation
import Glibc

/// What `strace -ff` has seen of a program and its children: the programs started, with their environment, and the files opened.
package struct SystemCallTrace {
    /// Why programs cannot be traced here; nil if they can.
    package static let obstacle: String? = {
        guard access(strace, X_OK) == 0 else { return "programs cannot be traced here: \(strace) is missing" }
        let tried = try? ProgramRun.run(strace, ["-f", "-qq", "-e", "trace=execve", "-o", "/dev/null", "/bin/true"])
        return tried?.exitCode == 0 ? nil : "programs cannot be traced here: \(tried?.firstLine ?? "strace cannot be started")"
    }()

    private static let strace = "/usr/bin/strace"

    /// The words before a program that write its trace into `folder`, which must exist and be empty.
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

        /// The quoted strings in the arguments, as strace wrote them.
        package var texts: [String] {
            arguments.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
                .map { String($0.element) }
        }

        /// The path that is opened; a relative name is joined to the descriptor's folder.
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

    /// The program's own calls, in all of its processes until they execute another program.
    package private(set) var own: [Call] = []
    /// The programs that it started.
    package private(set) var started: [Call] = []
    /// All calls of those programs, and of the programs that they started.
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
            throw NothingCame(description: "\(roots.count) processes in \(folder) without a parent in the trace")
        }
        // The first call is strace's own, which starts the program.
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

    /// `name(arguments)   = result …`; with `-y` a returned descriptor has its path behind it.
    private static func call(_ line: String) -> Call? {
        guard let open = line.firstIndex(of: "("), let equals = line.range(of: " = ", options: .backwards),
            let close = line[..<equals.lowerBound].lastIndex(where: { $0 != " " }), line[close] == ")", open < close
        else { return nil }
        let result = line[equals.upperBound...].prefix { $0.isNumber || $0 == "-" || $0 == "?" }
        return Call(name: String(line[..<open]), arguments: String(line[line.index(after: open)..<close]), result: String(result))
    }
}
