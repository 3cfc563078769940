import Host
import SystemPackage
import TrustCore

/// Copies of a configuration file and of all that it includes, each `.include` pointing to the copy, the candidate in a live file's place.
struct IncludeCopies {
    let folder: FilePath
    let substitutions: [Program.Substitution]
    private let files = LocalFileSystem()

    init(folder: FilePath, substitutions: [Program.Substitution]) {
        self.folder = folder
        self.substitutions = substitutions
    }

    /// Deeper nesting than anybody writes; a file that includes itself ends here.
    private static let maximumDepth = 20

    /// Copies `path` and what it includes; returns the copy. Throws when an include's path is made by a macro: only Exim could follow it.
    func copy(_ path: FilePath) throws(EximError) -> FilePath {
        var state = State()
        // Exim reads its ACLs after it has become its own user: he must come through, and may not look around.
        do { _ = try Folder.making(folder, mode: 0o711) } catch { throw .cannotRun(error.description) }
        return try copy(path, depth: 0, &state)
    }

    private struct State {
        var made = 0
        /// The names of the macros that are defined in what was read so far.
        var macros: Set<Substring> = []
    }

    private func copy(_ path: FilePath, depth: Int, _ state: inout State) throws(EximError) -> FilePath {
        guard depth < Self.maximumDepth else { throw .refused("\(path) is included more than \(Self.maximumDepth) levels deep") }
        let resolved: ResolvedPath
        let bytes: [UInt8]?
        do {
            resolved = try ResolvedPath(path)
            bytes = try files.contents(of: substitutions.candidate(for: resolved) ?? resolved.filePath)
        } catch { throw .refused(error.description) }
        guard let bytes else { throw .refused("\(path), which the configuration includes, does not exist") }
        var copy: [UInt8] = []
        var lines = LogicalLines(bytes)
        while let line = lines.next() {
            if let macro = line.macro { state.macros.insert(macro) }
            guard let include = Include(line) else {
                copy += bytes[line.range]
                continue
            }
            if let macro = state.macros.first(where: { include.path.string.contains($0) }) {
                throw .refused(
                    "\(path):\(line.number): the macro \(macro) makes the path of this include, and where mounting is not permitted only"
                        + " Exim can follow it")
            }
            let target = include.path.isAbsolute ? include.path : path.removingLastComponent().pushing(include.path)
            // What is not there, or not allowed, stays as it is: Exim knows whether it comes to this line, and says what it thinks of it.
            guard include.path.isAbsolute || !include.ifExists, exists(target) else {
                copy += bytes[line.range]
                continue
            }
            copy += Array(".include \(try self.copy(target, depth: depth + 1, &state))\n".utf8)
        }
        state.made += 1
        let target = folder.appending("\(state.made).conf")
        do { try files.create(target, copy, like: resolved.filePath, access: .closed) } catch { throw .cannotRun(error.description) }
        return target
    }

    private func exists(_ path: FilePath) -> Bool { (try? files.contents(of: ResolvedPath(path).filePath)) != nil }

    /// `.include PATH` or `.include_if_exists PATH`, quoted or not (src/readconf.c, `get_config_line`).
    private struct Include {
        let path: FilePath
        let ifExists: Bool

        init?(_ line: LogicalLines.Line) {
            guard line.directive == .include else { return nil }
            let word = line.content.prefix { !$0.isBlank }
            var path = line.content.dropFirst(word.count).withoutBlanks
            if path.count > 1, path.first == UInt8(ascii: "\""), path.last == UInt8(ascii: "\"") { path = path.dropFirst().dropLast() }
            self.path = FilePath(String(decoding: path, as: UTF8.self))
            ifExists = word.count > ".include".utf8.count
        }
    }
}
