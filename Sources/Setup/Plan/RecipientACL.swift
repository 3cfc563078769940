import EximControl
import TrustCore

/// Where the RCPT ACL refuses relaying, so that our statements can be put before that.
///
/// The attack is our own mistake: statements in a wrong place open the relay, or are never reached. So only the statement of Exim's default
/// configuration is recognized, and in all other cases the operator gets instructions.
struct RecipientACL {
    /// The offset of the byte before which our statements belong.
    let place: Int
    /// The line of the statement that refuses.
    let line: Int

    /// Why the place was not found, as the end of a sentence.
    struct NotUnderstood: Error, Equatable {
        let reason: String
    }

    private static let verbs: Set<Substring> = ["accept", "defer", "deny", "discard", "drop", "require", "warn"]

    /// `domains` are the domain lists that Exim has for its own domains: the statement must name all of them, or two.
    init(
        named name: String, in outline: ConfigurationOutline, refusing domains: [String] = SetupFacts.usualDomains
    ) throws(NotUnderstood) {
        let body = try Self.body(of: name, in: outline)
        var statements: [Statement] = []
        for line in body {
            if let directive = line.directive {
                guard directive != .include else {
                    throw NotUnderstood(reason: "line \(line.number) includes another file inside the ACL \(name)")
                }
                if !statements.isEmpty { statements[statements.count - 1].isPlain = false }
                continue
            }
            guard let first = line.text.unicodeScalars.first, first == "!" || ("a"..."z").contains(first) else {
                throw NotUnderstood(reason: "line \(line.number) of the ACL \(name) begins with something that may be a macro")
            }
            if Self.verbs.contains(line.word) {
                statements.append(Statement(first: line))
                let rest = line.text.dropFirst(line.word.count).trimmed
                if !rest.isEmpty { statements[statements.count - 1].parts.append(String(rest)) }
            } else if !statements.isEmpty {
                // A directive in front of it was inside this statement.
                statements[statements.count - 1].parts.append(line.text)
                if !statements[statements.count - 1].isPlain { statements[statements.count - 1].isSplit = true }
            }
        }
        let wanted = domains.map { "+\($0)" }
        let refusing = statements.filter { $0.refusesRelaying(except: wanted) }
        guard let one = refusing.first, refusing.count == 1 else {
            throw NotUnderstood(
                reason: refusing.isEmpty
                    ? "the ACL \(name) has no statement `require domains = \(wanted.joined(separator: " : "))`"
                    : "the ACL \(name) refuses relaying in lines \(refusing.map { String($0.first.number) }.joined(separator: " and "))")
        }
        guard one.first.depth == 0, !one.isSplit else {
            throw NotUnderstood(reason: "the ACL \(name) refuses relaying inside a conditional, in line \(one.first.number)")
        }
        place = one.first.start
        line = one.first.number
    }

    /// The lines between the ACL's name and the next name or section.
    private static func body(of name: String, in outline: ConfigurationOutline) throws(NotUnderstood) -> [ConfigurationOutline.Line] {
        var inSection = false
        var begins: [Int] = []
        for (index, line) in outline.lines.enumerated() where line.directive == nil {
            if let section = line.section { inSection = section == "acl" } else if inSection, line.aclName == name { begins.append(index) }
        }
        guard let begin = begins.first else { throw NotUnderstood(reason: "it has no ACL \(name)") }
        guard begins.count == 1, outline.lines[begin].depth == 0 else {
            throw NotUnderstood(reason: "it has the ACL \(name) more than once, or inside a conditional")
        }
        let rest = outline.lines[(begin + 1)...]
        return Array(rest.prefix { $0.directive != nil || $0.section == nil && $0.aclName == nil })
    }

    private struct Statement {
        let first: ConfigurationOutline.Line
        var parts: [String] = []
        /// Whether no directive has followed its first line yet.
        var isPlain = true
        /// Whether a directive is inside it.
        var isSplit = false

        /// Whether it has the condition of Exim's default configuration and no other, besides messages.
        func refusesRelaying(except domains: [String]) -> Bool {
            guard first.word == "require" else { return false }
            var found = false
            for part in parts {
                guard let equals = part.firstIndex(of: "=") else { return false }
                let value = part[part.index(after: equals)...].split(separator: ":").map { String($0.trimmed) }
                switch part[..<equals].trimmed {
                case "message", "log_message": continue
                case "domains": found = value.sorted() == domains.sorted() || value.count == 2 && Set(value).isSubset(of: domains)
                default: return false
                }
                guard found else { return false }
            }
            return found
        }
    }
}

extension ConfigurationOutline.Line {
    /// The ACL that begins here: the line is a name and a colon.
    fileprivate var aclName: String? {
        guard text.hasSuffix(":") else { return nil }
        let name = String(text.dropLast().trimmed)
        return !name.isEmpty && name.utf8.allSatisfy(\.isNameByte) ? name : nil
    }
}

extension UInt8 {
    /// Whether it may be in the name of an ACL.
    var isNameByte: Bool { isLetterOrDigit || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") }
}
