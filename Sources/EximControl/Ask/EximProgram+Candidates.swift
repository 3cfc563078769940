import Host
import SystemPackage
import TrustCore

extension EximProgram {
    /// What Exim would trust with candidates in live files' places, and what it says about its daemon then. The list is nil when Exim would
    /// know none. Throws `refused` with Exim's own words when it would not start.
    func trusted(
        with substitutions: [Program.Substitution]
    ) throws(EximError) -> (list: Set<Fingerprint>?, settings: DaemonSettings) {
        let main = try mainConfiguration()
        // A list in a file that is generated at every start of Exim would be lost.
        if DebianConfiguration.generates(main), let resolved = try? ResolvedPath(main).filePath,
            substitutions.contains(where: { $0.live == resolved })
        {
            throw .generated(resolved)
        }
        func view(_ way: CandidateView.Way) -> CandidateView {
            CandidateView(substitutions: substitutions, main: main, given: configuration, scratch: scratch, way: way)
        }
        do { return try ask(view(.mounted)) } catch .mountNotPermitted { return try ask(view(.copied)) }
    }

    private func ask(_ view: CandidateView) throws(EximError) -> (Set<Fingerprint>?, DaemonSettings) {
        defer { view.remove() }
        let option = try view.prepare(running: run)
        let check = try run(view.program(binary, option + ["-bV"]))
        guard check.status == 0 else { throw .refused(view.naming(Self.words(check))) }
        let answer = try run(view.program(binary, option + ["-bP"] + DaemonSettings.options + ListValue.question))
        return (try ListValue(answer: answer)?.fingerprints, DaemonSettings(answer: answer))
    }
}
