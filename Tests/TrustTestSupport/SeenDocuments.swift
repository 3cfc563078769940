import Foundation

/// The documents that trustctl prints in tests: Tests/counted compares them with the published schema (Tests/Schema/validate).
enum SeenDocuments {
    /// Keeps what a command has printed, if it is a document of trustctl's and somebody collects them.
    static func keep(_ command: [String], _ output: String) {
        guard let folder = getenv("TRUSTD_DOCUMENTS"), !output.isEmpty, let place = command.firstIndex(where: { $0.hasSuffix("/trustctl") })
        else { return }
        let words = command[(place + 1)...]
        guard words.contains("--json") || words.first == "export", !words.contains("--help") else { return }
        let text = words.joined(separator: "\t").replacing("\n", with: " ") + "\n" + output
        try? Data(text.utf8).write(to: URL(fileURLWithPath: "\(String(cString: folder))/\(UInt64.random(in: 0...UInt64.max))"))
    }
}
