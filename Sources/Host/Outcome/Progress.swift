/// Where messages go while the work is still under way. The layers below the commands do not print; their caller passes this.
package struct Progress: Sendable {
    /// For a person who waits, and not for a program that reads the output.
    package let say: @Sendable (String) -> Void
    /// For everybody: warnings and hints.
    package let note: @Sendable (String) -> Void
    /// What is waited for, when that takes longer than a second.
    package let wait: @Sendable (String) -> Void

    package init(
        say: @escaping @Sendable (String) -> Void, note: @escaping @Sendable (String) -> Void,
        wait: @escaping @Sendable (String) -> Void
    ) {
        self.say = say
        self.note = note
        self.wait = wait
    }

    /// Drops everything.
    package static let silent = Progress(say: { _ in }, note: { _ in }, wait: { _ in })

    /// All messages of a failure, and its hint on a line of its own.
    package func tell(_ failure: Failure) {
        for message in failure.messages { note(message) }
        if let hint = failure.hint { note("hint: \(hint)") }
    }
}
