import SystemPackage
import TrustCore

/// Copies of a configuration file and of all that it includes, each `.include` pointing to the copy, the candidate in the live list's place.
struct IncludeCopies {
    let folder: FilePath
    let candidate: FilePath
    let live: FilePath
    private let files = LocalFileSystem()

    init(folder: FilePath, candidate: FilePath, live: FilePath) {
        self.folder = folder
        self.candidate = candidate
        self.live = live
    }

    /// Deeper nesting than anybody writes; a file that includes itself ends here.
    private static let maximumDepth = 20

    /// Copies `path` and what it includes; returns the copy. Throws when an include's path is made by a macro: only Exim could follow it.
    func copy(_ path: FilePath) throws(EximError) -> FilePath {
        var made = 0
        do { _ = try Folder.making(folder, mode: 0o700) } catch { throw .cannotRun(error.description) }
        return try copy(path, depth: 0, made: &made)
    }

    private func copy(_ path: FilePath, depth: Int, made: inout Int) throws(EximError) -> FilePath {
        guard depth < Self.maximumDepth else { throw .refused("\(path) is included more than \(Self.maximumDepth) levels deep") }
        let resolved: FilePath
        let bytes: [UInt8]?
        do {
            resolved = try Ownership.resolve(path)
            bytes = try files.contents(of: resolved == live ? candidate : resolved)
        } catch { throw .refused(error.description) }
        guard let bytes else { throw .refused("\(path), which the configuration includes, does not exist") }
        var copy: [UInt8] = []
        var lines = LogicalLines(bytes)
        while let line = lines.next() {
            guard let include = Include(line.text) else {
                copy += bytes[line.range]
                continue
            }
            let target = include.path.isAbsolute ? include.path : path.removingLastComponent().pushing(include.path)
            if include.ifExists, !exists(target) { continue }
            copy += Array(".include \(try self.copy(target, depth: depth + 1, made: &made))\n".utf8)
        }
        made += 1
        let target = folder.appending("\(made).conf")
        do { try files.create(target, copy, like: nil, mode: 0o600) } catch { throw .cannotRun(error.description) }
        return target
    }

    private func exists(_ path: FilePath) -> Bool {
        (try? Ownership.resolve(path)).map { (try? files.contents(of: $0)) ?? nil } ?? nil != nil
    }

    /// `.include PATH` or `.include_if_exists PATH`, quoted or not (src/readconf.c, `get_config_line`).
    private struct Include {
        let path: FilePath
        let ifExists: Bool

        init?(_ line: String) {
            let text = line.trimmed
            guard text.hasPrefix(".include") else { return nil }
            let word = text.prefix { $0 != " " && $0 != "\t" }
            guard word == ".include" || word == ".include_if_exists" else { return nil }
            var path = text.dropFirst(word.count).trimmed
            if path.count > 1, path.first == "\"", path.last == "\"" { path = path.dropFirst().dropLast() }
            self.path = FilePath(String(path))
            ifExists = word == ".include_if_exists"
        }
    }
}
