/// What `trustctl setup` prints when it leaves the edit to the operator.
package struct SetupInstructions {
    private let commands: [String]
    /// The texts to insert, in their order.
    package let texts: [String]

    /// Throws unless there are `count` texts.
    package init(_ outcome: ProgramRun.Outcome, count: Int) throws {
        let parts = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        commands = parts.filter { $0.hasPrefix("    install ") }
        let places = parts.indices.filter { parts[$0].hasPrefix("Put into ") } + [parts.firstIndex { $0.hasPrefix("Then type") } ?? 0]
        texts = zip(places, places.dropFirst()).map { $0 < $1 ? parts[($0 + 1)..<$1].joined(separator: "\n") : "" }
        guard texts.count == count else { throw NothingCame(description: "not \(count) texts: \(outcome)") }
    }

    /// Types the commands before the edit.
    package func type() throws {
        for command in commands { try ProgramRun.run("sh", ["-c", command]) }
    }
}
