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

    private static let mostBytes = 64 << 20

    /// What `reader` finds below `main`.
    init(_ main: FilePath, seenBy reader: ProcessFacts) {
        var walk = ConfigurationWalk()
        walk.visitAll(from: [main]) { path, mayBeMissing in
            guard let number = reader.file(at: path) else {
                if !mayBeMissing { isComplete = false }
                return nil
            }
            guard numbers.insert(number).inserted else { return nil }
            files.append(path)
            guard let bytes = reader.contents(at: path, limit: Self.mostBytes) else {
                isComplete = false
                return nil
            }
            digests.formUnion(DigestSearch.digests(in: bytes))
            return bytes
        }
        isComplete = isComplete && walk.isComplete
    }
}
