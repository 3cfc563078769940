import Certificates
package import EximControl
package import Host
package import SystemPackage
package import Trust
package import TrustCore

/// Makes a relay of this host's Exim, or takes that back.
package struct RelaySetup: SetupProposal {
    package let survey: SetupSurvey
    package let answer: SetupSurvey.Answer
    package let transition: SetupTransition
    package let plan: TrustPlan?
    package let removes: Bool

    package var notes: [String] { answer.notes }

    /// What `request` wants.
    package struct Request {
        /// Nil: the way that is in force, else the one that suits this build of Exim.
        package let way: WayOfTrust?
        package let removes: Bool
        package let reason: String?

        package init(way: WayOfTrust?, removes: Bool, reason: String?) {
            self.way = way
            self.removes = removes
            self.reason = reason
        }
    }

    /// Where the record of what setup has changed lies.
    package static func record(_ configuration: Configuration) -> FilePath { configuration.ledger.appending(SetupRecord.name) }

    /// Asks Exim what is there, and plans. Takes some seconds.
    package init(_ request: Request, _ local: LocalTrust, by operator: Operator) throws(Failure) {
        let settings = ResolvedPath(orAsWritten: local.file)
        let file = try SetupRecord.File(at: Self.record(local.configuration))
        local.progress.say("asking Exim what is there")
        survey = try SetupSurvey(local.configuration, settings: settings, record: file.record, progress: local.progress)
        let answer = try request.removes ? survey.removal() : survey.plan(wanting: request.way)
        let survey = survey
        transition = try SetupTransition(
            from: file.record, to: answer.files, trust: answer.touchesExim ? answer.kind : nil, folders: answer.folders
        ) { path throws(Failure) in try survey.read(path) }
        var plan = TrustPlan.setup(
            transition, record: file, trust: transition.record == nil ? nil : answer.kind,
            trusted: .init(before: try survey.trustedNow(), after: answer.meant), keyGroup: try survey.group(), reason: request.reason,
            by: `operator`)
        if plan != nil, !request.removes, answer.touchesExim, answer.kind.needsInstallation {
            plan?.directory = try Self.installation(local)
        }
        (self.answer, self.plan, removes) = (answer, plan, request.removes)
    }

    /// Who was approved by fingerprint alone must not lose his trust when the directory counts too: what is known is installed with it.
    private static func installation(_ local: LocalTrust) throws(Failure) -> DirectoryEdit? {
        let register = try Register(local.configuration)
        let approved = register.records.values.filter { $0.state == .approved && $0.installedAs == nil }.map(\.fingerprint).sorted()
        let directory = Installation(
            folder: register.directory, isShared: TrustDirectory.isShared(register.directory.filePath), allowsCA: false)
        for fingerprint in approved where register[fingerprint].certificate == nil {
            local.progress.note(
                "warning: the certificate of \(fingerprint) is not known: it cannot relay until it is approved with --certificate")
        }
        return try directory.edit(for: approved.map { .init(fingerprint: $0, after: .approved) }, in: register)
    }

    package func pause() { survey.clear() }

    package func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String] {
        guard !removes, answer.touchesExim else { return [] }
        survey.progress.say("rehearsing sessions with Exim; this takes a few seconds")
        let rehearsed = try survey.rehearse(answer, candidates)
        return rehearsed ? [] : ["nothing can be mounted here: no session was rehearsed; try one client"]
    }
}
