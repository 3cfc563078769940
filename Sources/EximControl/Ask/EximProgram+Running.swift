import Host
import SystemPackage

extension EximProgram {
    /// Whether the process runs this Exim, or one that this Exim has replaced while it ran.
    ///
    /// Exim's `make install` names the program by its version and moves a symbolic link (`exim` → `exim-4.99.1-1`); a package replaces the
    /// file, which is then deleted but still runs. In both cases a HUP has the old daemon execute the new program. So the program's file
    /// must be root's, and have the name, up to the version, and be in the folder, of what `exim` in trustd.conf names.
    func isRun(by process: ProcessFacts) -> Bool {
        guard let path = process.executable, process.runsProgramOfRoot else { return false }
        if path == binary { return true }
        let folders = [ResolvedPath(orAsWritten: place.removingLastComponent()).filePath, binary.removingLastComponent()]
        guard folders.contains(path.removingLastComponent()), let name = Self.stem(path) else { return false }
        return name == Self.stem(place) || name == Self.stem(binary)
    }

    /// `exim` of `exim-4.99.1-1` and of `exim.O`.
    private static func stem(_ path: FilePath) -> String? {
        path.lastComponent.map { String($0.string.prefix { $0 != "-" && $0 != "." }) }
    }

    /// The configuration that a process of this program reads; a path that matches none when Exim does not tell its own.
    func configuration(of process: ProcessFacts) throws(EximError) -> FilePath {
        if let given = DaemonArguments(process.arguments).configuration { return given }
        do { return try defaultConfiguration() } catch {
            guard case .refused = error else { throw error }
            return "/nonexistent"
        }
    }
}
