package import SystemPackage
import TrustCore

/// Goes through the files of a configuration in the order in which Exim reads them: those given and all that they include, conditions left
/// aside.
package struct ConfigurationWalk {
    /// False when a file was not visited: a macro is a part of an include's path, which only Exim can resolve, or there are more files than
    /// any configuration has.
    private(set) var isComplete = true
    private var macros: Set<Substring> = []
    private var visited = 0

    private static let mostFiles = 500

    package init() {}

    /// `visit` gets each file's path and whether it may be missing, and gives its bytes; nil: what it includes is of no interest, because it
    /// is missing or was visited before.
    package mutating func visitAll<Reason: Error>(
        from roots: [FilePath], _ visit: (FilePath, _ mayBeMissing: Bool) throws(Reason) -> [UInt8]?
    ) throws(Reason) {
        for root in roots { try self.visit(root, mayBeMissing: false, visit) }
    }

    private mutating func visit<Reason: Error>(
        _ path: FilePath, mayBeMissing: Bool, _ visit: (FilePath, _ mayBeMissing: Bool) throws(Reason) -> [UInt8]?
    ) throws(Reason) {
        guard visited < Self.mostFiles else {
            isComplete = false
            return
        }
        guard let bytes = try visit(path, mayBeMissing) else { return }
        visited += 1
        var lines = LogicalLines(bytes)
        while let line = lines.next() {
            if let macro = line.macro { macros.insert(macro) }
            guard let include = Include(line) else { continue }
            guard !macros.contains(where: { include.path.string.contains($0) }) else {
                isComplete = false
                continue
            }
            let target = include.path.isAbsolute ? include.path : path.removingLastComponent().pushing(include.path)
            try self.visit(target, mayBeMissing: include.ifExists, visit)
        }
    }
}
