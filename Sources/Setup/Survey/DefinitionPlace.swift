import EximControl
import Host
import SystemPackage
import TrustCore

/// Finds the file that defines RELAY_FROM_CERTS when Exim knows it already: somebody followed the recipe, and his fingerprints stay where
/// they are.
enum DefinitionPlace {
    /// The one among `files` and what they include that defines `value`, which is Exim's answer. Throws when trustctl could not keep the list
    /// there.
    static func find(
        in files: [FilePath], value: ListValue, reading: (FilePath) throws(Failure) -> [UInt8]?,
        resolving: (FilePath) -> FilePath
    ) throws(Failure) -> FilePath {
        let meant: ListContent
        do { meant = try value.content } catch { throw Failure(error) }
        var found: [FilePath] = []
        var problem: TrustListError?
        var seen: Set<FilePath> = []
        var walk = ConfigurationWalk()
        try walk.visitAll(from: files) { path, _ throws(Failure) in
            let path = resolving(path)
            guard seen.insert(path).inserted, let bytes = try reading(path) else { return nil }
            do throws(TrustListError) {
                if try ListDefinition(in: bytes, file: path).content == meant { found.append(path) }
            } catch {
                if case .notDefined = error {} else { problem = error }
            }
            return bytes
        }
        if let one = found.first, found.count == 1 { return one }
        if let problem, found.isEmpty { throw Failure(problem) }
        throw Failure(
            found.isEmpty
                ? "exim knows \(ListForm.macroName), but no file that it reads defines it as a plain list"
                : "\(ListForm.macroName) is defined in \(found.map(\.string).joined(separator: " and in "))",
            .notSound, hint: "say which file defines it with `list = PATH` in trustd.conf")
    }
}
