package import SystemPackage
import TrustCore

/// Goes through the files of a configuration: those given and all that they include, each once, in the order in which they are found.
///
/// An include whose path is relative or holds a macro is not followed: only Exim can resolve it.
package struct ConfigurationWalk<Reason: Error> {
    /// Finds a file's bytes; nil when there is none.
    private let reading: (FilePath) throws(Reason) -> [UInt8]?
    private let resolving: (FilePath) -> FilePath

    /// More than anybody includes.
    private static var mostFiles: Int { 200 }

    package init(reading: @escaping (FilePath) throws(Reason) -> [UInt8]?, resolving: @escaping (FilePath) -> FilePath) {
        self.reading = reading
        self.resolving = resolving
    }

    /// Calls `body` with each file.
    package func each(from roots: [FilePath], _ body: (FilePath, [UInt8]) -> Void) throws(Reason) {
        var queue = roots
        var seen: Set<FilePath> = []
        while !queue.isEmpty, seen.count < Self.mostFiles {
            let path = resolving(queue[0])
            queue.removeFirst()
            guard seen.insert(path).inserted, let bytes = try reading(path) else { continue }
            body(path, bytes)
            var lines = LogicalLines(bytes)
            while let line = lines.next() {
                if let include = Include(line), include.path.isAbsolute { queue.append(include.path) }
            }
        }
    }
}
