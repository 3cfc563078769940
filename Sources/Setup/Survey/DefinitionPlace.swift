import EximControl
import Host
import SystemPackage
import TrustCore

/// Finds the file that defines RELAY_FROM_CERTS when Exim knows it already: somebody followed the recipe, and his fingerprints stay where
/// they are.
enum DefinitionPlace {
    /// More than anybody includes.
    private static let mostFiles = 200

    /// The one among `files` and what they include that defines `value`, which is Exim's answer. Throws when trustctl could not keep the list
    /// there.
    static func find(
        in files: [FilePath], value: ListValue, reading: (FilePath) throws(Failure) -> [UInt8]?, resolving: (FilePath) -> FilePath
    ) throws(Failure) -> FilePath {
        let meant: Set<Fingerprint>
        do { meant = try value.fingerprints } catch { throw Failure(error) }
        var queue = files
        var seen: Set<FilePath> = []
        var found: [FilePath] = []
        var problem: TrustListError?
        while !queue.isEmpty, seen.count < mostFiles {
            let path = resolving(queue[0])
            queue.removeFirst()
            guard seen.insert(path).inserted, let bytes = try reading(path) else { continue }
            do throws(TrustListError) {
                if try ListDefinition(in: bytes, file: path).list.fingerprints == meant { found.append(path) }
            } catch {
                if case .notDefined = error {} else { problem = error }
            }
            var lines = LogicalLines(bytes)
            while let line = lines.next() {
                if let include = included(line) { queue.append(include) }
            }
        }
        if let one = found.first, found.count == 1 { return one }
        if let problem, found.isEmpty { throw Failure(problem) }
        throw Failure(
            found.isEmpty
                ? "exim knows \(ListForm.macroName), but no file that it reads defines it as a plain list"
                : "\(ListForm.macroName) is defined in \(found.map(\.string).joined(separator: " and in "))",
            .notSound, hint: "say which file defines it with `list = PATH` in trustd.conf")
    }

    private static func included(_ line: LogicalLines.Line) -> FilePath? {
        guard line.directive == .include else { return nil }
        var path = line.content.drop { !$0.isBlank }.withoutBlanks
        if path.count > 1, path.first == UInt8(ascii: "\""), path.last == UInt8(ascii: "\"") { path = path.dropFirst().dropLast() }
        let file = FilePath(String(decoding: path, as: UTF8.self))
        return file.isAbsolute ? file : nil
    }
}
