import Glibc
import Host
import SystemPackage
import TrustCore

/// The real configuration as Exim would read it with candidates in live files' places.
///
/// *Mounted*: a private mount namespace in which each candidate is bound over its live file, seen by the started program alone.
/// *Copied*, where the kernel permits no mount: copies of all that Exim reads, with the paths in them rewritten, in a folder of root's.
/// On Debian a candidate stands in the place of its source, and update-exim4.conf generates what is checked.
struct CandidateView {
    let substitutions: [Program.Substitution]
    /// The file that Exim reads first.
    let main: FilePath
    /// `exim_config` in trustd.conf.
    let given: FilePath?
    let scratch: FilePath
    let way: Way

    enum Way {
        case mounted
        case copied
    }

    private var built: FilePath { scratch.appending("config.checked") }
    private var copies: FilePath { scratch.appending("copies") }

    /// Makes what is needed. Returns Exim's `-C` for this view, or nothing where Exim finds the file itself.
    func prepare(running run: (Program) throws(EximError) -> Program.Result) throws(EximError) -> [String] {
        var first = main
        if DebianConfiguration.generates(main) {
            var options = ["-o", built.string]
            if way == .copied { options += ["-d", try copyDebianSources().string] }
            let result = try run(program(DebianConfiguration.generator, options))
            guard result.status == 0 else { throw .refused(EximProgram.words(result)) }
            first = built
        }
        if way == .copied {
            let includes = IncludeCopies(folder: copies, substitutions: substitutions)
            return ["-C", try includes.copy(first).string]
        }
        return first == built ? ["-C", built.string] : given.map { ["-C", $0.string] } ?? []
    }

    /// A program that sees this view.
    func program(_ path: FilePath, _ arguments: [String]) -> Program {
        Program(path, arguments, substitutions: way == .mounted ? substitutions : [])
    }

    /// Exim's `words` with a name that people know in place of the generated file, which is removed before they could look.
    func naming(_ words: String) -> String {
        words.replacing(built.string, with: "what update-exim4.conf makes of \(DebianConfiguration.sources)")
    }

    /// Removes what `prepare` made.
    func remove() {
        unlink(built.string)
        if way == .copied { FolderTree.remove(copies) }
    }

    private func copyDebianSources() throws(EximError) -> FilePath {
        let target = copies.appending("exim4")
        do {
            _ = try Folder.making(copies, mode: 0o700)
            try FolderTree.copy(DebianConfiguration.sources, to: target) { path in
                substitutions.candidate(for: ResolvedPath(orAsWritten: path)) ?? path
            }
        } catch { throw .cannotRun(error.description) }
        return target
    }
}

extension [Program.Substitution] {
    /// What stands in the place of `live`, if anything.
    func candidate(for live: ResolvedPath) -> FilePath? { first { $0.live == live.filePath }?.candidate }
}
