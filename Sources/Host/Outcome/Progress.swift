/// Where words go that somebody should see before the work is done. Nothing below the commands prints: who calls says who listens.
package struct Progress: Sendable {
    /// For a person who waits; a program sees nothing of it.
    package let say: @Sendable (String) -> Void
    /// For everybody.
    package let note: @Sendable (String) -> Void

    package init(say: @escaping @Sendable (String) -> Void, note: @escaping @Sendable (String) -> Void) {
        self.say = say
        self.note = note
    }

    /// Nobody listens.
    package static let silent = Progress(say: { _ in }, note: { _ in })

    /// All messages of a failure, and its hint on a line of its own.
    package func tell(_ failure: Failure) {
        for message in failure.messages { note(message) }
        if let hint = failure.hint { note("hint: \(hint)") }
    }
}
