import EximControl
import Host
import SystemPackage
import Trust
import TrustCore

/// Plans the smallest edit of an Exim configuration that is one file, not Debian's generated one.
enum OneFileSetup {
    static func plan(_ facts: SetupFacts, _ kind: WayOfTrust, _ snippets: Snippets) throws(ByHand) -> [WantedFile] {
        guard let outline = ConfigurationOutline(facts.mainBytes) else {
            throw byHand(facts, kind, snippets, "\(facts.main) has a directive inside a continued line, or ends inside one")
        }
        guard let name = facts.recipientACL, name.utf8.allSatisfy(\.isNameByte) else {
            throw byHand(
                facts, kind, snippets,
                "acl_smtp_rcpt is \(facts.recipientACL.map { "“\(Printable($0, limit: 80))”" } ?? "not set"), not the name of an ACL")
        }
        if let value = kind.hinderingValue(facts, snippets.places) { throw otherDirectory(facts, outline, kind, snippets, value) }
        let place: Int
        do { place = try RecipientACL(named: name, in: outline, refusing: facts.ownDomains).place } catch {
            throw byHand(facts, kind, snippets, "\(facts.main): \(error.reason)")
        }
        let main = mainBlock(facts, kind, snippets)
        let statement = "  # Who may relay by certificate, and who tried (trustctl setup).\n  .include \(snippets.path(kind.acl))\n"
        var after = facts.mainBytes
        // From the end, so that the first place does not move.
        for (offset, block) in [(place, statement), (outline.placeInMainSection, main)] {
            after.insert(contentsOf: Array(block.utf8), at: offset)
        }
        return [
            snippets.file(kind.acl, "lets approved certificates relay, and logs the attempts of others"),
            WantedFile(
                path: facts.main, base: facts.mainBytes, after: after,
                purpose: "asks clients for their certificates, and includes the ACL",
                blocks: [main, statement]),
        ]
    }

    /// The lines that the main section does not have yet.
    static func mainBlock(_ facts: SetupFacts, _ kind: WayOfTrust, _ snippets: Snippets) -> String {
        var lines = ["# Which certificates may relay (trustctl setup)."]
        if !facts.definesTrust { lines.append(snippets.definition(kind)) }
        if facts.listValue == nil, let list = snippets.places.list { lines.append(".include \(list)") }
        if !facts.setOptions.contains(SetupFacts.verify) { lines.append("\(SetupFacts.verify) = \(kind.directoryValue(snippets.places))") }
        if !facts.setOptions.contains(SetupFacts.tryVerify) { lines.append("\(SetupFacts.tryVerify) = *") }
        return lines.count == 1 ? "" : lines.map { $0 + "\n" }.joined() + "\n"
    }

    /// Exim looks for certificates where trustctl cannot install one.
    private static func otherDirectory(
        _ facts: SetupFacts, _ outline: ConfigurationOutline, _ kind: WayOfTrust, _ snippets: Snippets, _ value: String
    ) -> ByHand {
        let line = outline.lines.first { $0.word == SetupFacts.verify }
        let place = line.map { "\(facts.main):\($0.number)" } ?? "the line of \(SetupFacts.verify)"
        return ByHand(
            reason: "\(place) says \(SetupFacts.verify) = \(Printable(value, limit: 120)), \(kind.hindrance)",
            commands: kind.commands(facts, snippets.places),
            insertions: [
                .init(place: "\(place), instead of that line", text: "\(SetupFacts.verify) = \(kind.directoryValue(snippets.places))\n")
            ],
            afterwards: ["exim -bV", kind.setup(snippets.places)])
    }

    /// The same as instructions: the statements themselves, not a file to include, for no file is written.
    static func byHand(_ facts: SetupFacts, _ kind: WayOfTrust, _ snippets: Snippets, _ reason: String) -> ByHand {
        var main = mainBlock(facts, kind, snippets)
        if !facts.listExists, let list = snippets.places.list {
            main = main.replacing(".include \(list)\n", with: "\(ListForm.macro.emptyDefinition)\n")
        }
        let name = facts.recipientACL.flatMap { $0.utf8.allSatisfy(\.isNameByte) ? $0 : nil }
        return ByHand(
            reason: reason, commands: kind.commands(facts, snippets.places),
            insertions: (main.isEmpty
                ? [] : [.init(place: "\(facts.main), in its main section, before the first line that begins with “begin”", text: main)]) + [
                    .init(
                        place: "the ACL \(name.map { "“\($0)”" } ?? "that judges recipients"), before the statement that refuses relaying"
                            + (main.isEmpty ? ", in place of your own for certificates" : ""),
                        text: snippets.aclStatements(kind))
                ], afterwards: ["exim -bV", "trustctl setup"])
    }
}
