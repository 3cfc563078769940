package import Host

/// What the operator must do himself, so exact that following it literally is enough.
package struct ByHand: Error, Equatable {
    /// Why setup does not do it, as a sentence without a full stop.
    package let reason: String
    var commands: [String] = []
    var insertions: [Insertion] = []
    /// What to type when it is done.
    var afterwards: [String] = []

    package init(reason: String, commands: [String] = [], insertions: [Insertion] = [], afterwards: [String] = []) {
        self.reason = reason
        self.commands = commands
        self.insertions = insertions
        self.afterwards = afterwards
    }

    package struct Insertion: Equatable {
        /// `/etc/exim/exim.conf, in its main section, before the first line that begins with “begin”`.
        let place: String
        let text: String

        package init(place: String, text: String) {
            self.place = place
            self.text = text
        }
    }

    /// All instructions in one text.
    var text: String {
        var parts: [String] = []
        if !commands.isEmpty { parts.append("Type:\n\n" + commands.map { "    \($0)\n" }.joined()) }
        for insertion in insertions { parts.append("Put into \(insertion.place):\n\n\(insertion.text)") }
        if !afterwards.isEmpty { parts.append("Then type:\n\n" + afterwards.map { "    \($0)\n" }.joined()) }
        return parts.joined(separator: "\n")
    }
}

extension Failure {
    package init(byHand: ByHand) {
        self.init(
            "nothing has changed: \(byHand.reason)", .notSound,
            hint: byHand.insertions.isEmpty ? nil : "standard output says what to put where; then repeat the command")
        instructions = byHand.text
    }
}
