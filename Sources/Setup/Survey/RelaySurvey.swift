import EximControl
import Host
import SystemPackage
import TrustCore

/// Finds out what the relay's setup must know, by asking Exim.
struct RelaySurvey {
    let survey: SetupSurvey

    private static let options = [
        "acl_smtp_rcpt", SetupFacts.verify, SetupFacts.tryVerify, "log_file_path", "spool_directory", "primary_hostname",
    ]

    /// Takes some seconds: sessions are rehearsed where Exim knows a trust list.
    func facts() throws(Failure) -> SetupFacts {
        let exim = try survey.eximWithoutSetup()
        let main = try survey.mainConfiguration()
        let answers = try survey.asking { () throws(EximError) in
            try exim.answers(options: Self.options, macros: [ListForm.macroName, WayOfTrust.macroName])
        }
        guard answers.library != .none else {
            throw Failure("this exim was built without TLS", .notSound, hint: "install one that has TLS, such as exim4-daemon-light")
        }
        var facts = SetupFacts(main: survey.files.resolved(main))
        facts.library = answers.library
        facts.listValue = answers.list
        facts.definesTrust = answers[WayOfTrust.macroName] != nil
        facts.ownDomains = try survey.asking { () throws(EximError) in try exim.domainLists(SetupFacts.possibleDomains) }
        facts.recipientACL = answers["acl_smtp_rcpt"]
        facts.verifyCertificates = answers[SetupFacts.verify]
        facts.verifiesByFolder = facts.verifyPlace.map(Self.isFolder) ?? false
        facts.logs = answers["log_file_path"] ?? answers["spool_directory"].map { "\($0)/log/%slog" }
        facts.hostName = answers["primary_hostname"]
        facts.listExists = survey.files.exists(survey.configuration.list)
        facts.directoryExists = survey.files.exists(survey.configuration.certificates)
        if DebianConfiguration.generates(main) {
            facts.debian = try DebianSurvey(survey: survey).setup()
        } else {
            facts.mainBytes = try survey.files.base(facts.main) ?? []
            for option in [SetupFacts.verify, SetupFacts.tryVerify] {
                if try survey.asking({ () throws(EximError) in try exim.sets(option, scratch: survey.scratch) }) {
                    facts.setOptions.insert(option)
                }
            }
        }
        if let value = facts.listValue {
            let sources = facts.debian.map { $0.sources.map(\.path) } ?? [facts.main]
            facts.definition = try DefinitionPlace.find(
                in: [survey.configuration.list] + sources, value: value, reading: survey.files.base, resolving: survey.files.resolved)
            facts.practice = try practice(exim, facts)
            // A CA lets others in besides.
            if case .works(.fingerprint, let logsStrangers) = facts.practice,
                answers[WayOfTrust.macroName].flatMap(WayOfTrust.init) == .authority
            {
                facts.practice = .works(.authority, logsStrangers: logsStrangers)
            }
        }
        return facts
    }

    private func practice(_ exim: EximWithCandidates, _ facts: SetupFacts) throws(Failure) -> SetupFacts.Practice {
        let unknown = SetupFacts.Practice.broken("nothing can be mounted here, so Exim cannot be asked what it does with a certificate")
        if exim.isCopied { return unknown }
        return try survey.asking { () throws(EximError) in
            // Without its folder a list in folder form cannot be replaced in a rehearsal: then the macro is.
            var form = facts.listValue?.form ?? .macro
            if case .folder(let path) = form, !Self.isFolder(path) { form = .macro }
            let trial = try RelayTrial(scratch: survey.scratch, form: form)
            do throws(EximError) {
                return try trial.practice(exim, certificates: facts.verifyPlace.flatMap { survey.files.exists($0) ? $0 : nil })
            } catch {
                guard case .mountNotPermitted = error else { throw error }
                return unknown
            }
        }
    }

    private static func isFolder(_ path: FilePath) -> Bool { (try? Folder(path, followingLink: true)) != nil }
}
