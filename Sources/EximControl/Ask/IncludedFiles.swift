import Host
import SystemPackage
import TrustCore

/// The files of which a configuration consists, read without Exim: its main file and everything that it may include, conditions left aside.
///
/// Exim itself is not asked: the configuration may be that of a process of an attacker, and Exim expands some of it when it reads it.
struct IncludedFiles {
    /// As the configuration names them.
    private(set) var files: [FilePath] = []
    /// The same files by their numbers.
    private(set) var numbers: Set<ProcessFacts.FileNumber> = []
    /// All digests in them, in comments too.
    private(set) var digests: Set<String> = []
    /// False when some could not be read, or a macro is a part of an include's path.
    private(set) var isComplete = true
    private var macros: Set<Substring> = []
    private let reader: ProcessFacts

    /// More than any real configuration has.
    private static let mostFiles = 500
    private static let mostBytes = 64 << 20

    /// What `reader` finds below `main`.
    init(_ main: FilePath, seenBy reader: ProcessFacts) {
        self.reader = reader
        add(main, mayBeMissing: false)
    }

    private mutating func add(_ path: FilePath, mayBeMissing: Bool) {
        guard let number = reader.file(at: path) else {
            if !mayBeMissing { isComplete = false }
            return
        }
        guard numbers.insert(number).inserted else { return }
        files.append(path)
        guard files.count <= Self.mostFiles, let bytes = reader.contents(at: path, limit: Self.mostBytes) else {
            isComplete = false
            return
        }
        digests.formUnion(DigestSearch.digests(in: bytes))
        var lines = LogicalLines(bytes)
        while let line = lines.next() {
            if let macro = line.macro { macros.insert(macro) }
            guard let include = Include(line) else { continue }
            guard !macros.contains(where: { include.path.string.contains($0) }) else {
                isComplete = false
                continue
            }
            let target = include.path.isAbsolute ? include.path : path.removingLastComponent().pushing(include.path)
            add(target, mayBeMissing: include.ifExists)
        }
    }
}
