import ArgumentParser
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

/// What a shell offers for a word that is being typed. It asks trustctl for it, with the rights of whoever types.
enum Candidates {
    /// A word, and what it stands for.
    struct Candidate: Equatable {
        let word: String
        let meaning: String
    }

    /// For commands that decide about those that wait; those that are approved or were decided by their label.
    static var waiting: CompletionKind {
        .custom { words, _, prefix in offer(words, prefix) { [Candidate].pending($0) + [Candidate].labels($0) } }
    }
    static var pending: CompletionKind { .custom { words, _, prefix in offer(words, prefix) { [Candidate].pending($0) } } }
    static var approved: CompletionKind { .custom { words, _, prefix in offer(words, prefix) { [Candidate].labels($0) } } }
    static var decisions: CompletionKind { .custom { words, _, prefix in offer(words, prefix) { [Candidate].decisions($0) } } }

    /// Nobody chooses from more, and a shell that offers thousands asks first.
    static let most = 200

    /// Nothing where nothing can be read: no message may appear in the middle of a command line.
    private static func offer(_ words: [String], _ prefix: String, _ all: (Register) -> [Candidate]) -> [String] {
        let config = words.firstIndex(of: "--config").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
        do throws(Failure) {
            let register = try LocalTrust(config: config).lookWithFleet(recovering: false)
            let candidates = all(register).filter { $0.word.hasPrefix(prefix) && !words.contains($0.word) }.prefix(most)
            return written(Array(candidates), for: CompletionShell.requesting)
        } catch { return [] }
    }

    /// In the form of each shell: fish takes a tab, zsh a colon before the meaning. bash shows what it would insert, so it gets the meanings
    /// only as long as there is a choice.
    static func written(_ candidates: [Candidate], for shell: CompletionShell?) -> [String] {
        let mark: String? =
            switch shell {
            case .some(.fish): "\t"
            case .some(.zsh): ":"
            default: candidates.count > 1 ? "  " : nil
            }
        return candidates.map { candidate in
            guard let mark, !candidate.meaning.isEmpty else { return candidate.word }
            return candidate.word + mark + plain(candidate.meaning)
        }
    }

    /// The attack: a subject with `$(…)` in it. bash expands each word of a list that it completes from (compgen -W), as if the operator had
    /// typed it. So nothing but letters, digits and a few harmless marks reaches a shell.
    static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.prefix(40).map { isPlain($0) || $0 == " " || $0 == "=" || $0 == "," ? $0 : "_" }))
    }

    /// Whether a label can be typed without quotes.
    static func isPlain(_ text: String) -> Bool { text.first != "-" && !text.isEmpty && text.unicodeScalars.allSatisfy(isPlain) }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789.@_+-".unicodeScalars.contains(scalar))
    }
}

extension [Candidates.Candidate] {
    /// The latest first.
    fileprivate static func pending(_ register: Register) -> Self {
        register.entries.filter { register.state(of: $0.fingerprint) == .pending }
            .sorted { ($1.lastSeen, $0.fingerprint) < ($0.lastSeen, $1.fingerprint) }.prefix(Candidates.most).map { entry in
                let record = register[entry.fingerprint]
                return .init(word: String(record.fingerprint.description.prefix(16)), meaning: record.shownTitle ?? "certificate not known")
            }
    }

    fileprivate static func labels(_ register: Register) -> Self {
        register.labels(atMost: Candidates.most).filter { Candidates.isPlain($0.label) }.map { .init(word: $0.label, meaning: $0.state) }
    }

    /// The latest first.
    fileprivate static func decisions(_ register: Register) -> Self {
        var all: [(Int, LedgerEntry)] = []
        do throws(SystemError) {
            try register.books.eachEntry { number, entry in if let entry { all.append((number, entry)) } }
        } catch { return [] }
        return all.suffix(50).reversed().filter { ![.forget, .setup, .mend].contains($0.1.decision.action) }.map { number, entry in
            let subjects = entry.decision.subjects
            let first = subjects.first.map { $0.label ?? String($0.fingerprint.description.prefix(16)) } ?? ""
            let more = subjects.count > 1 ? " and \(subjects.count - 1) more" : ""
            return .init(word: "\(number)", meaning: "\(entry.decision.action.rawValue) \(first)\(more), \(entry.shownTime.prefix(10))")
        }
    }
}
