import Glibc
package import Host
package import SystemPackage
import TrustCore

/// The real configuration as Exim would read it with candidates in live files' places.
///
/// *Mounted*: a private mount namespace in which each candidate is bound over its live file, seen by the started program alone. Where the
/// kernel permits no mount, *copied*: copies of all that Exim reads, with the paths in them rewritten, in a folder of root's. On Debian
/// a candidate stands in its SOURCE's place and update-exim4.conf builds what is checked.
package struct CandidateView {
    package let substitutions: [Program.Substitution]
    /// The file that Exim reads first.
    package let main: FilePath
    /// The operator's `exim_config`.
    let given: FilePath?
    package let scratch: FilePath
    package let way: Way

    package init(substitutions: [Program.Substitution], main: FilePath, given: FilePath?, scratch: FilePath, way: Way) {
        self.substitutions = substitutions
        self.main = main
        self.given = given
        self.scratch = scratch
        self.way = way
    }

    package enum Way {
        case mounted
        case copied
    }

    private var built: FilePath { scratch.appending("config.checked") }
    private var copies: FilePath { scratch.appending("copies") }

    /// Exim's `-C` for this view, or nothing where Exim finds the file itself.
    package func prepare(running run: (Program) throws(EximError) -> Program.Result) throws(EximError) -> [String] {
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

    /// `words` of Exim's with names that people know: what was built is gone when they look.
    package func naming(_ words: String) -> String {
        words.replacing(built.string, with: "what update-exim4.conf makes of \(DebianConfiguration.sources)")
    }

    /// Removes what `prepare` made.
    package func remove() {
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
    /// What stands in the place of `live`, if something does.
    package func candidate(for live: ResolvedPath) -> FilePath? { first { $0.live == live.filePath }?.candidate }
}
