import Glibc
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
        let settings = DaemonSettings(answer: answer)
        if view.given != nil { try checkAsItsUser(view, option, settings) }
        return Answer(list: try ListValue(answer: answer), settings: settings, macros: HashAlteration.candidates(in: answer))
    }

    /// Throws when Exim's user could not read the configuration. A daemon that was started with `-C` runs as that user, and executes itself
    /// as that user when it gets a HUP: what only root can read passes root's check, and then ends the daemon.
    private func checkAsItsUser(_ view: CandidateView, _ option: [String], _ settings: DaemonSettings) throws(EximError) {
        guard let account = settings.account, account.user != 0 else { return }
        // Every start of Exim as its user with -C is a line in its paniclog, so it is started only when there is a doubt.
        let files = IncludedFiles(view.main, seenBy: ProcessFacts(pid: getpid()))
        let unreadable = files.files.first { account.whyCannotRead($0) != nil }
        guard unreadable != nil || !files.isComplete else { return }
        var question = view.program(binary, option + ["-bP"] + ListValue.question)
        question.account = account
        let answer = try run(question)
        // An unknown macro is not a failure, and an unreadable file may be one that a condition leaves out (src/readconf.c: “failed to open
        // included configuration file …”).
        guard answer.status != 0, answer.output.isEmpty, answer.error.contains("configuration file") else { return }
        if let unreadable { throw .unreadable(unreadable, user: account.name) }
        throw .refused("as its user \(account.name): \(view.naming(Self.words(answer)))")
    }
}
