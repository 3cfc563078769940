import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// The Exim binary of this machine, as a program that answers questions about the configuration it reads.
package final class EximProgram {
    package let binary: FilePath
    /// The same by the name under which it was found, which may be a symbolic link.
    let place: FilePath
    /// `exim_config` in trustd.conf: nil when Exim finds its configuration itself.
    package let configuration: FilePath?
    let scratch: FilePath
    /// Told what is waited for.
    let progress: Progress
    /// What Exim reads without `-C`, once it was asked.
    private var defaultMain: FilePath?

    /// Where distributions put Exim.
    private static let usualPlaces: [FilePath] = ["/usr/sbin/exim4", "/usr/sbin/exim", "/usr/local/sbin/exim", "/usr/exim/bin/exim"]

    private static func places(_ configuration: Configuration) -> [FilePath] { configuration.exim.map { [$0] } ?? usualPlaces }

    /// Where Exim is installed; nil when it is not.
    package static func place(_ configuration: Configuration) -> FilePath? {
        places(configuration).first { access($0.string, X_OK) == 0 }
    }

    /// `scratch` is a folder that only root may write. Files that exist only while Exim checks them are made there.
    package init(_ configuration: Configuration, scratch: FilePath, progress: Progress = .silent) throws(EximError) {
        guard let found = Self.place(configuration) else { throw .missing(Self.places(configuration)) }
        place = found
        do { binary = try ResolvedPath(found).filePath } catch { throw .cannotRun(error.description) }
        self.configuration = configuration.eximConfiguration
        self.scratch = scratch
        self.progress = progress
    }

    /// The options that have Exim read the configuration that trustd.conf names.
    package var options: [String] { configuration.map { ["-C", $0.string] } ?? [] }

    /// The file that Exim reads first.
    package func mainConfiguration() throws(EximError) -> FilePath {
        if let configuration { return configuration }
        return try defaultConfiguration()
    }

    /// The file that Exim reads first when it runs without `-C`.
    func defaultConfiguration() throws(EximError) -> FilePath {
        if let defaultMain { return defaultMain }
        let result = try run(Program(binary, ["-bP", "configure_file"]))
        let path = result.firstLine
        guard result.status == 0, path.hasPrefix("/") else { throw .refused(Self.words(result)) }
        let main = FilePath(path)
        defaultMain = main
        return main
    }

    /// What Exim trusts with the configuration that is on the disk; nil when it knows no trust list.
    package func trusted() throws(EximError) -> ListContent? { try trustedBySettings().list }

    /// The same, and the settings of its daemon.
    func trustedBySettings() throws(EximError) -> (list: ListContent?, settings: DaemonSettings) {
        let answer = try run(Program(binary, options + ["-bP"] + DaemonSettings.options + ListValue.question))
        return (try ListValue(answer: answer)?.content, DaemonSettings(answer: answer))
    }

    /// What each of `macros` changes of `fingerprints` where Exim uses the list; with nil, what any macro does.
    package func alterations(of fingerprints: Set<Fingerprint>, by macros: [String]? = nil) throws(EximError) -> [HashAlteration] {
        let macros =
            if let macros { macros } else {
                HashAlteration.candidates(in: try run(Program(binary, options + ["-bP"] + ListValue.questionWithOthers)))
            }
        if macros.isEmpty { return [] }
        let main = try mainConfiguration()
        let sources = DebianConfiguration.generates(main) ? DebianConfiguration.macroSources : []
        return HashAlteration.all(of: macros, in: fingerprints, from: sources + [main])
    }

    /// The result of an expansion (`exim -be`); nil when it fails.
    package func expansion(
        _ text: String, substitutions: [Program.Substitution] = []
    ) throws(EximError) -> String? {
        let result = try run(Program(binary, options + ["-be", text], substitutions: substitutions))
        return result.status == 0 ? result.firstLine : nil
    }

    package func run(_ program: Program) throws(EximError) -> Program.Result {
        var program = program
        let name = program.path.lastComponent?.string ?? ""
        program.whenSlow = { [progress] in progress.wait("waiting for \(name) to answer; it may be waiting for a name server") }
        do { return try program.run() } catch { throw EximError(error) }
    }

    /// What a program said on its standard error, on one line, bounded and safe to print.
    package static func words(_ result: Program.Result) -> String {
        let text = result.error.split(separator: "\n").map { String($0.trimmed) }.joined(separator: " ")
        return text.isEmpty ? "nothing, and ended with status \(result.status)" : Printable(text, limit: 1_000).description
    }
}

extension Program.Result {
    /// The first line of the output.
    fileprivate var firstLine: String { String(String(decoding: output, as: UTF8.self).prefix { $0 != "\n" }) }
}

extension Substring {
    /// What follows `name =` or `name=` at the beginning of a line of `exim -bP`.
    func value(of name: String) -> String? {
        guard hasPrefix(name) else { return nil }
        let rest = dropFirst(name.count).trimmed
        return rest.first == "=" ? String(rest.dropFirst().trimmed) : nil
    }
}
