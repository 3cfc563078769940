import Host
import SystemPackage
import TrustCore

extension EximProgram {
    /// What Exim would say with candidates in live files' places.
    struct Answer {
        /// Nil when Exim would know no list.
        let list: ListValue?
        let settings: DaemonSettings
        /// The macros that could change a hash where the list is used (`HashAlteration`).
        let macros: [String]
    }

    /// Asks Exim with candidates in live files' places. Throws `refused` with Exim's own words when it would not start.
    func answer(with substitutions: [Program.Substitution]) throws(EximError) -> Answer {
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

    private func ask(_ view: CandidateView) throws(EximError) -> Answer {
        defer { view.remove() }
        let option = try view.prepare(running: run)
        let check = try run(view.program(binary, option + ["-bV"]))
        guard check.status == 0 else { throw .refused(view.naming(Self.words(check))) }
        let answer = try run(view.program(binary, option + ["-bP"] + DaemonSettings.options + ListValue.questionWithOthers))
        return Answer(
            list: try ListValue(answer: answer), settings: DaemonSettings(answer: answer), macros: HashAlteration.candidates(in: answer))
    }
}
