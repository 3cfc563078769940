import TrustTestSupport

/// A session as documents show it: commands, what they print, and the steps between them that no document shows. See
/// Tests/Transcripts/README.md for the form.
struct Transcript {
    static let folder = "\(ShippedFiles.project)/Tests/Transcripts"

    /// A shell command, and the host and the user who types it.
    struct Command {
        let host: String
        let isRoot: Bool
        /// As typed, with its continuation lines.
        let lines: [String]

        var text: String { lines.joined(separator: "\n") }
    }

    enum Element {
        /// Kept as it is: the introduction, and `== NAME`, which begins a block.
        case text(String)
        /// Not shown; with `untilItSucceeds` repeated until its status is 0.
        case hidden(Command, untilItSucceeds: Bool)
        case step(Step)
    }

    struct Step {
        var command: Command
        /// What it prints; a line `...` stands for any number of lines.
        var output: [String]
        /// Blank lines before the next command.
        let blankLines: Int
    }

    let name: String
    var elements: [Element]

    /// On which something is typed.
    var hosts: Set<String> {
        Set(
            elements.compactMap { element in
                switch element {
                case .text: nil
                case .hidden(let command, _): command.host
                case .step(let step): step.command.host
                }
            })
    }

    static let all: [String] = File.names(in: folder).filter { $0.hasSuffix(".session") }.map { String($0.dropLast(8)) }

    init(_ name: String) throws {
        let lines = try File.read("\(Self.folder)/\(name).session").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        self.name = name
        elements = []
        var rest = lines.map(String.init)[...]
        while let line = rest.popFirst() {
            if let (command, repeats) = Self.hidden(line) {
                elements.append(.hidden(command, untilItSucceeds: repeats))
            } else if let (host, isRoot, text) = Self.prompted(line) {
                var typed = [text]
                while typed.last?.hasSuffix("\\") == true, let next = rest.popFirst() { typed.append(next) }
                var output = Array(rest.prefix { Self.prompted($0) == nil && Self.hidden($0) == nil && !$0.hasPrefix("== ") })
                rest = rest.dropFirst(output.count)
                let blank = output.reversed().prefix { $0.isEmpty }.count
                output.removeLast(blank)
                let command = Command(host: host, isRoot: isRoot, lines: typed)
                elements.append(.step(Step(command: command, output: output, blankLines: blank)))
            } else {
                elements.append(.text(line))
            }
        }
    }

    var text: String {
        var lines: [String] = []
        for element in elements {
            switch element {
            case .text(let line): lines.append(line)
            case .hidden(let command, let repeats): lines.append("(\(repeats ? "until " : "")\(command.prompt)\(command.text))")
            case .step(let step):
                lines.append(step.command.prompt + step.command.text)
                lines += step.output + Array(repeating: "", count: step.blankLines)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// `relay# command` and `laptop$ command`.
    private static func prompted(_ line: some StringProtocol) -> (host: String, isRoot: Bool, text: String)? {
        guard let match = String(line).wholeMatch(of: #/(relay|second|laptop)([#$]) (.+)/#) else { return nil }
        return (String(match.1), match.2 == "#", String(match.3))
    }

    /// `(relay# command)` and `(until relay# command)`.
    private static func hidden(_ line: some StringProtocol) -> (Command, repeats: Bool)? {
        guard line.hasPrefix("("), line.hasSuffix(")") else { return nil }
        let repeats = line.hasPrefix("(until ")
        guard let (host, isRoot, text) = prompted(line.dropFirst(repeats ? 7 : 1).dropLast()) else { return nil }
        return (Command(host: host, isRoot: isRoot, lines: [text]), repeats)
    }
}

extension Transcript.Command {
    var prompt: String { host + (isRoot ? "# " : "$ ") }
}
