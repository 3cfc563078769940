import ArgumentParser
import Host
import TrustCore

/// The command that somebody has typed, by its name alone. An unknown one is told before any option is looked at, so that no option is blamed.
struct TypedCommand {
    /// `trustctl client check`, as far as it is known.
    var name: String { (["trustctl"] + known).joined(separator: " ") }
    private var known: [String] = []
    /// The first word that should be a command and is none, and those that it could have been.
    private(set) var unknown: (word: String, near: [String])?

    /// `arguments` without the program's name; `root` is the program's command.
    init(_ arguments: [String], of root: any ParsableCommand.Type) {
        var type = root
        for word in arguments {
            let commands = type.configuration.subcommands
            guard !commands.isEmpty, !word.hasPrefix("-") else { return }
            if word == "help", type == root { continue }
            guard let next = commands.first(where: { $0._commandName == word }) else {
                unknown = (word, Self.near(word, among: commands.map { $0._commandName }))
                return
            }
            known.append(word)
            type = next
        }
    }

    var failure: Failure? {
        unknown.map { word, near in
            let guess = near.isEmpty ? "" : ": did you mean \(near.joined(separator: " or "))?"
            let typed = (known + [Printable(word, limit: 40).description]).joined(separator: " ")
            return Failure("there is no command “\(typed)”\(guess)", .usage, hint: "\(name) --help")
        }
    }

    /// The commands that differ in one or two letters, the nearest; else those that it begins; else what other programs call so.
    static func near(_ word: String, among commands: [String]) -> [String] {
        let word = word.lowercased()
        guard word.count <= 20 else { return [] }
        let distances = commands.map { (name: $0, distance: EditDistance(word, $0).value) }
        let most = word.count < 4 ? 1 : 2
        if let least = distances.map(\.distance).min(), least <= most { return distances.filter { $0.distance == least }.map(\.name) }
        let begun = word.count < 2 ? [] : commands.filter { $0.hasPrefix(word) }
        if !begun.isEmpty { return begun }
        return others[word].map { [$0] }?.filter { commands.contains($0) } ?? []
    }

    /// From kubectl, salt-key, fail2ban-client, systemctl and git.
    private static let others = [
        "ls": "list", "get": "list", "pending": "list", "describe": "show", "info": "show", "cat": "show", "accept": "approve",
        "allow": "approve", "add": "approve", "sign": "approve", "reject": "deny", "block": "deny", "ban": "deny", "remove": "revoke",
        "delete": "revoke", "rm": "revoke", "unban": "undo", "revert": "undo", "log": "history", "check": "doctor", "verify": "doctor",
        "init": "setup", "install": "setup", "top": "watch", "monitor": "watch",
    ]
}

/// How many letters must be added, removed, replaced or swapped with their neighbour to make one word of another.
struct EditDistance {
    let value: Int

    init(_ left: String, _ right: String) {
        let (a, b) = (Array(left.utf8), Array(right.utf8))
        var rows = [Array(0...b.count)]
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, rows[i - 1][j - 1] + 1) }
                row.append(least)
            }
            rows.append(row)
        }
        value = rows[a.count][b.count]
    }
}
