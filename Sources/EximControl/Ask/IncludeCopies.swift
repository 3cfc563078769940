import Host
import SystemPackage
import TrustCore

/// Copies of a configuration file and of all that it includes: each `.include` names the copy, and candidates replace live files.
struct IncludeCopies {
    let folder: FilePath
    let substitutions: [Program.Substitution]
    private let files = LocalFileSystem()

    init(folder: FilePath, substitutions: [Program.Substitution]) {
        self.folder = folder
        self.substitutions = substitutions
    }

    /// More levels than any real configuration has; stops at a file that includes itself.
    private static let maximumDepth = 20

    /// Copies `path` and what it includes; returns the copy. Throws when a macro is part of an include's path: only Exim can resolve it.
    func copy(_ path: FilePath) throws(EximError) -> FilePath {
        var state = State()
        // Exim reads its ACLs as its own user: that user must be able to pass through the folder, but not to list it.
        do { _ = try Folder.making(folder, mode: 0o711) } catch { throw .cannotRun(error.description) }
        return try copy(path, depth: 0, &state)
    }

    private struct State {
        var made = 0
        /// The macros that were defined so far.
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
        guard let bytes else { throw .refused("\(path), which the configuration includes, is missing") }
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
                    "\(path):\(line.number): the macro \(macro) is part of this include's path, and where mounting is not permitted only Exim"
                        + " can resolve it")
            }
            let target = include.path.isAbsolute ? include.path : path.removingLastComponent().pushing(include.path)
            // A missing file, or a form that Exim refuses, stays as it is: Exim reports it, if it reaches this line at all.
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
}
