import EximControl
import TrustCore

/// What the ledger's lines up to one say together: the last word about each fingerprint, and what they did to the list and to the setup.
///
/// Lines are taken in order, so that nobody needs more than one of them at a time.
struct LedgerSum {
    /// The last words that these lines say; those of earlier lines are not here.
    private(set) var words: [Fingerprint: Ledger.LastWord] = [:]
    /// How many lines there are, readable or not.
    private(set) var lines = 0
    private(set) var marks = Marks()

    /// What is known besides of this host.
    struct Marks: Equatable {
        /// The path of the list as the last decision left it, and its digest.
        var list: [String] = []
        /// What became of files that may be the list, in order.
        var files: [File] = []
        /// The way of trust that setup left; empty when it was taken back, nil when there was none.
        var setup: String?
        /// Where the last line begins that set up a way of trust.
        var setupPlace: Int?

        struct File: Equatable {
            /// Whether a decision has written it as the list; else setup has.
            let isList: Bool
            let path: String
            let exists: Bool
        }

        /// Whether there must be a list: at `path`, or where that link led then.
        func knowsList(at path: String) -> Bool {
            var known: String?
            for file in files where file.isList || file.path == path || file.path == known { known = file.exists ? file.path : nil }
            return known != nil
        }

        fileprivate mutating func add(_ file: File) { if files.last != file { files.append(file) } }
    }

    init() {}

    /// After `lines` lines, which are summed up elsewhere.
    init(lines: Int, marks: Marks) {
        self.lines = lines
        self.marks = marks
    }

    /// Adds a line that begins at `place`; `entry` is nil when it cannot be read. `before` gives words that are not in `words`.
    mutating func take(_ entry: LedgerEntry?, at place: Int, before: (Fingerprint) -> Ledger.LastWord? = { _ in nil }) {
        lines += 1
        guard let entry else { return }
        if let list = entry.effects.list {
            marks.list = [list.path, list.after]
            marks.add(.init(isList: true, path: list.path, exists: true))
        }
        if let setup = entry.effects.setup {
            marks.setup = setup.trust?.rawValue ?? ""
            if setup.trust != nil { marks.setupPlace = place }
            for file in setup.files { marks.add(.init(isList: false, path: file.path, exists: file.after != nil)) }
        }
        // These decide nothing about a certificate.
        guard ![.forget, .sign].contains(entry.decision.action), !entry.decision.action.isAboutInvitation else { return }
        for subject in entry.decision.subjects {
            let fingerprint = subject.fingerprint
            words[fingerprint] = Ledger.LastWord(entry, subject, at: place, after: words[fingerprint] ?? before(fingerprint))
        }
    }
}
