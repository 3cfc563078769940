import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints what is decided here, for `trustctl import` on another relay.",
        discussion: """
            Approved and denied certificates with labels, ends and notes: trustctl-json(5) has the form. It holds no key, and lets nobody in \
            until somebody imports it.

                trustctl export | ssh mx2.example sudo trustctl import - --yes
            """)

    enum Wanted: String, CaseIterable, ExpressibleByArgument { case approved, denied, all }

    @Option(help: "Which ones: approved, denied or all.") var state = Wanted.all
    @Option(help: ArgumentHelp("Read this file instead of /etc/trustd/trustd.conf.", valueName: "file"), completion: .file())
    var config: String?

    func run() throws {
        var register = try LocalTrust(config: config, progress: Terminal.progress).look()
        register.warnOfQueue()
        try register.lookAtMany()
        let wanted: [TrustState] = state == .all ? [.approved, .denied] : state == .approved ? [.approved] : [.denied]
        let fingerprints = wanted.flatMap { register.fingerprints($0) }.sorted()
        // What came back against a decision is nobody's decision.
        let records = fingerprints.lazy.map { register[$0] }
        let back = Set(register.back.map(\.fingerprint))
        for fingerprint in back.sorted() { Terminal.note("warning: \(fingerprint) is left out: it is in the list against a decision") }
        Output.add(String(decoding: Export.heading(fingerprints.count - back.count), as: UTF8.self) + "\n")
        for record in records where !back.contains(record.fingerprint) {
            guard let entry = ExportedEntry(record) else { continue }
            Output.add(String(decoding: entry.line, as: UTF8.self) + "\n")
        }
        Output.flush()
    }
}
