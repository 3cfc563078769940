import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// The real Exim of this machine.
package final class EximProgram: Exim {
    package let binary: FilePath
    let reloading: Configuration.Reload
    package let configuration: FilePath?
    private let scratch: FilePath
    package let progress: Progress
    /// The files that `trusted` was asked about.
    private(set) var live: [FilePath] = []
    /// What Exim said about itself in the last `trusted`.
    package var facts = Facts()

    package struct Facts {
        package var pidFile: FilePath?
        package var user: String?
        package var main: FilePath?
        /// On which it would listen, as far as they are numbers.
        var ports: Set<UInt16> = []
    }

    /// Where distributions put Exim.
    private static let usualPlaces: [FilePath] = ["/usr/sbin/exim4", "/usr/sbin/exim", "/usr/local/sbin/exim", "/usr/exim/bin/exim"]

    private static func places(_ configuration: Configuration) -> [FilePath] { configuration.exim.map { [$0] } ?? usualPlaces }

    /// Where there is an Exim; nil when there is none.
    package static func place(_ configuration: Configuration) -> FilePath? {
        places(configuration).first { access($0.string, X_OK) == 0 }
    }

    /// `scratch` is a folder that only root may write; what is half made stands there while it is checked.
    package init(_ configuration: Configuration, scratch: FilePath, progress: Progress = .silent) throws(EximError) {
        guard let found = Self.place(configuration) else { throw .missing(Self.places(configuration)) }
        do { binary = try ResolvedPath(found).filePath } catch { throw .cannotRun(error.description) }
        self.configuration = configuration.eximConfiguration
        reloading = configuration.reload
        self.scratch = scratch
        self.progress = progress
    }

    package func trusted(with substitutions: [Program.Substitution]) throws(EximError) -> Set<Fingerprint>? {
        live = substitutions.map(\.live)
        let main = try mainConfiguration()
        // A list in a file that is written anew at every start would not last.
        if DebianConfiguration.generates(main), let resolved = try? ResolvedPath(main).filePath, live.contains(resolved) {
            throw .generated(resolved)
        }
        func view(_ way: CandidateView.Way) -> CandidateView {
            CandidateView(substitutions: substitutions, main: main, given: configuration, scratch: scratch, way: way)
        }
        do { return try ask(view(.mounted)) } catch .mountNotPermitted { return try ask(view(.copied)) }
    }

    package func trusted() throws(EximError) -> Set<Fingerprint>? {
        let option = configuration.map { ["-C", $0.string] } ?? []
        return try Self.trusted(try run(Program(binary, option + ["-bP", "macro", MacroDefinition.name])))
    }

    /// What an answer of `-bP macro` says (src/readconf.c, `print_config` and what calls it).
    private static func trusted(_ answer: Program.Result) throws(EximError) -> Set<Fingerprint>? {
        let lines = String(decoding: answer.output, as: UTF8.self).split(separator: "\n")
        if let value = lines.compactMap({ $0.value(of: MacroDefinition.name) }).first { return try fingerprints(value) }
        guard lines.contains("macro \(MacroDefinition.name) not found") else { throw .notInEffect("exim said: \(words(answer))") }
        return nil
    }

    private func ask(_ view: CandidateView) throws(EximError) -> Set<Fingerprint>? {
        defer { view.remove() }
        let option = try view.prepare(running: run)
        let check = try run(view.program(binary, option + ["-bV"]))
        guard check.status == 0 else { throw .refused(view.naming(Self.words(check))) }
        let questions = ["exim_user", "pid_file_path", "daemon_smtp_ports", "tls_on_connect_ports", "macro", MacroDefinition.name]
        let answer = try run(view.program(binary, option + ["-bP"] + questions))
        for line in String(decoding: answer.output, as: UTF8.self).split(separator: "\n") {
            if let user = line.value(of: "exim_user") { facts.user = user }
            if let path = line.value(of: "pid_file_path"), path.hasPrefix("/") { facts.pidFile = FilePath(path) }
            for name in ["daemon_smtp_ports", "tls_on_connect_ports"] {
                facts.ports.formUnion(ServicePorts.numbers(in: line.value(of: name) ?? ""))
            }
        }
        return try Self.trusted(answer)
    }

    /// The set that a value of RELAY_FROM_CERTS stands for; the reading is Exim's: items between single colons.
    package static func fingerprints(_ value: String) throws(EximError) -> Set<Fingerprint> {
        guard !value.contains("::") else { throw .notInEffect("exim's \(MacroDefinition.name) holds “::”, which is no separator") }
        var set: Set<Fingerprint> = []
        for part in value.split(separator: ":") where !part.trimmed.isEmpty {
            do { set.insert(try Fingerprint(exactly: part.trimmed.utf8)) } catch .noCertificate {
                throw .notInEffect("exim's \(MacroDefinition.name) holds the digest of no certificate: every client without one may relay")
            } catch {
                throw .notInEffect(
                    "exim's \(MacroDefinition.name) is not a plain list of fingerprints: “\(Printable(part.trimmed, limit: 60))”")
            }
        }
        return set
    }

    /// The file that Exim reads first.
    package func mainConfiguration() throws(EximError) -> FilePath {
        if let configuration { return configuration }
        if let main = facts.main { return main }
        let result = try run(Program(binary, ["-bP", "configure_file"]))
        let path = String(decoding: result.output, as: UTF8.self).prefix { $0 != "\n" }
        guard result.status == 0, path.hasPrefix("/") else { throw .refused(Self.words(result)) }
        let main = FilePath(String(path))
        facts.main = main
        return main
    }

    package func run(_ program: Program) throws(EximError) -> Program.Result {
        do { return try program.run() } catch { throw EximError(error) }
    }

    /// What a program said, for people: its error output, bounded, on one line.
    package static func words(_ result: Program.Result) -> String {
        let text = result.error.split(separator: "\n").map { String($0.trimmed) }.joined(separator: " ")
        return text.isEmpty ? "nothing, and ended with status \(result.status)" : Printable(text, limit: 1_000).description
    }
}

extension Substring {
    /// What stands behind `name =` or `name=`.
    fileprivate func value(of name: String) -> String? {
        guard hasPrefix(name) else { return nil }
        let rest = dropFirst(name.count).trimmed
        return rest.first == "=" ? String(rest.dropFirst().trimmed) : nil
    }
}
