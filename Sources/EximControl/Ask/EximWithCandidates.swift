package import Host
package import SystemPackage
package import TrustCore

/// Exim with candidates in live files' places: prepared once, then asked and rehearsed with.
package final class EximWithCandidates {
    private let exim: EximProgram
    /// What each program sees that is started here.
    private let substitutions: [Program.Substitution]
    /// Whether Exim reads copies, because nothing can be mounted here. They cannot be rehearsed with: an ACL file is named by its live path.
    package let isCopied: Bool
    private let view: CandidateView

    /// Throws `mountNotPermitted` where nothing can be mounted, unless it may copy instead.
    /// `scratch` is a folder of ours in which Exim's user may read a file whose name it knows, and may list nothing.
    package init(
        _ configuration: Configuration, _ substitutions: [Program.Substitution], scratch: FilePath, copyingIfNeeded: Bool = true,
        progress: Progress = .silent
    ) throws(EximError) {
        let exim = try EximProgram(configuration, scratch: scratch, progress: progress)
        let main = try exim.mainConfiguration()
        func view(_ way: CandidateView.Way) -> CandidateView {
            CandidateView(
                substitutions: substitutions, main: main, given: configuration.eximConfiguration, scratch: scratch, way: way)
        }
        var chosen = view(.mounted)
        var options: [String]
        do {
            options = try chosen.prepare(running: exim.run)
            // Without Debian's generator no program was started in the view yet.
            if !substitutions.isEmpty { _ = try exim.run(chosen.program(exim.binary, options + ["-bP", "spool_directory"])) }
        } catch {
            chosen.remove()
            guard case .mountNotPermitted = error, copyingIfNeeded else { throw error }
            chosen = view(.copied)
            options = try chosen.prepare(running: exim.run)
        }
        var seen = configuration
        if let file = options.last { seen.eximConfiguration = FilePath(file) }
        self.exim = try EximProgram(seen, scratch: scratch, progress: progress)
        self.view = chosen
        isCopied = chosen.way == .copied
        self.substitutions = isCopied ? [] : substitutions
    }

    deinit { view.remove() }

    package func answers(options: [String], macros: [String] = []) throws(EximError) -> EximAnswers {
        do { return try exim.answers(options: options, macros: macros, substitutions: substitutions) } catch {
            guard case .refused(let words) = error else { throw error }
            throw .refused(view.naming(words))
        }
    }

    /// The options of a transport, as Exim prints them; a switch is `true` or `false`.
    package func transport(_ name: String) throws(EximError) -> [String: String] {
        try exim.transport(name, substitutions: substitutions)
    }

    /// Whether Debian's configuration is split in this view. Where nothing can be mounted, as it is now.
    package func isSplit() throws(EximError) -> Bool { try exim.isSplit(substitutions: substitutions) }

    /// Those of `names` that Exim knows as domain lists. An ACL that names another one fails at each recipient, which no check of the
    /// configuration tells.
    package func domainLists(_ names: [String]) throws(EximError) -> [String] {
        let result = try exim.run(Program(exim.binary, exim.options + ["-bP"] + names.map { "+\($0)" }, substitutions: substitutions))
        let lines = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
        return names.filter { name in lines.contains { $0.hasPrefix("domainlist \(name) =") } }
    }

    /// The result of an expansion; empty when it fails.
    package func expansion(_ text: String) throws(EximError) -> String { try exim.expansion(text, substitutions: substitutions) ?? "" }

    /// Whether the configuration's text sets a main option: Exim allows each only once, and says so.
    package func sets(_ option: String, scratch: FilePath) throws(EximError) -> Bool {
        let probe = scratch.appending("probe.conf")
        let main = try exim.mainConfiguration()
        do {
            try LocalFileSystem().create(probe, Array("\(option) = *\n.include \(main)\n".utf8), like: nil, access: .closed)
        } catch { throw .cannotRun(error.description) }
        defer { try? LocalFileSystem().remove(probe) }
        let check = try exim.run(Program(exim.binary, ["-C", probe.string, "-bV"], substitutions: substitutions))
        return check.status != 0 && check.error.contains("\"\(option)\" option set for the second time")
    }

    /// Holds a rehearsal with this Exim. What the rehearsal itself replaces comes last: it may be a folder in which candidates are.
    package func rehearse(_ rehearsal: Rehearsal, seeing more: [Program.Substitution] = []) throws(EximError) -> Rehearsal.Outcome {
        var rehearsal = rehearsal
        rehearsal.substitutions = substitutions + rehearsal.substitutions + more
        return try rehearsal.hold(with: exim)
    }
}
