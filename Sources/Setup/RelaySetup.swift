import Certificates
package import EximControl
package import Host
package import SystemPackage
package import Trust
package import TrustCore

/// Makes a relay of this host's Exim, or takes that back.
package struct RelaySetup: SetupProposal {
    package let transition: SetupTransition
    package let plan: TrustPlan?
    private let relay: RelayPlan
    private let conversion: ListConversion?
    private let survey: SetupSurvey
    private let removes: Bool
    private let progress: Progress

    /// The way of trust that it sets up, or takes back.
    package var way: WayOfTrust { relay.way }
    package var notes: [String] { relay.notes }

    package struct Request {
        /// Nil: the way that is in force, else the one that suits this build of Exim.
        let way: WayOfTrust?
        /// Nil: the form that the list has, else a macro.
        let list: ListForm.Kind?
        /// Whether everything is taken back.
        let removes: Bool
        /// Why; kept in the ledger.
        let reason: String?
        /// Whom `trustctl notify` shall tell; nil: as it is.
        let notifyTo: MailAddress?
        /// The certificate of the CA whose clients may relay; nil: that of the setup in force, if trust is by a CA.
        let authority: FilePath?

        package init(
            way: WayOfTrust?, authority: FilePath? = nil, list: ListForm.Kind? = nil, removes: Bool, reason: String?,
            notifyTo: MailAddress? = nil
        ) {
            self.way = way
            self.authority = authority
            self.notifyTo = notifyTo
            self.list = list
            self.removes = removes
            self.reason = reason
        }
    }

    /// The file of the record of what setup has changed.
    package static func record(_ configuration: Configuration) -> FilePath {
        configuration.ledger.appending(LocalEffects.SetupChange.recordName)
    }

    /// Asks Exim what is there, and plans. Takes some seconds.
    package init(_ request: Request, _ local: LocalTrust, by operator: Operator) throws(Failure) {
        let file = try SetupRecord.File(at: Self.record(local.configuration))
        local.progress.say("asking Exim what is there")
        let survey = try SetupSurvey(local.configuration, settings: local.file, record: file.record, progress: local.progress)
        var relay = try request.removes ? Self.removal(survey) : Self.making(request, survey, local.progress)
        var transition = try SetupTransition(
            from: file.record, to: relay.files, trust: relay.touchesExim ? relay.way : nil, folders: relay.folders, now: survey.files.now)
        let conversion = try ListConversion(request, relay, transition, survey, ledger: local.ledger)
        if let conversion {
            if let file = conversion.file { transition.convert(relay.list, before: file.before, after: file.after) }
            if let content = conversion.content { relay.trusted = content }
            relay.notes += conversion.notes
        }
        let (trusted, group) = (try survey.trusted(), try survey.group())
        var plan = try TrustPlan.setup(
            transition, record: file, approved: conversion?.approved,
            revoked: try Self.revoked(from: file.record?.trust, to: request.removes ? nil : relay.way, local),
            trust: transition.record == nil && (request.removes || conversion == nil) ? nil : relay.way, keyGroup: group,
            reason: request.reason, by: `operator`
        ) { () throws(Failure) in .init(before: trusted, after: relay.trusted) }
        if let file = conversion?.file {
            plan?.entry.effects.list = .init(path: relay.list.string, before: file.before, after: file.after)
        }
        if plan != nil, !request.removes, relay.touchesExim, relay.way.needsInstallation {
            plan?.directory = try Self.installation(local)
        }
        (self.plan, self.relay, self.survey, self.transition, self.conversion) = (plan, relay, survey, transition, conversion)
        (removes, progress) = (request.removes, local.progress)
    }

    private static func making(_ request: Request, _ survey: SetupSurvey, _ progress: Progress) throws(Failure) -> RelayPlan {
        let authority = try ChosenAuthority(request, survey)
        let host = RelayPlan.Host(
            configuration: survey.configuration, settings: survey.settings, files: survey.files,
            notifyTo: request.notifyTo ?? survey.configuration.notifyTo, authority: authority, progress: progress)
        return try RelayPlan.making(
            try RelaySurvey(survey: survey).facts(), wanting: authority == nil ? request.way : .authority,
            list: request.list == .folder ? .folder(survey.configuration.approved) : .macro, on: host,
            trial: DebianSurvey(survey: survey).trial)
    }

    /// With a CA's clients comes the folder of those that are revoked, also when it was lost, and goes when they do. Whoever is denied or
    /// revoked here stays out.
    private static func revoked(from old: WayOfTrust?, to new: WayOfTrust?, _ local: LocalTrust) throws(Failure) -> NamesEdit? {
        let folder = RevokedFolder(local.configuration)
        switch (old == .authority, new == .authority) {
        case (_, true):
            var register = try Register(local.configuration)
            try register.readAll()
            let missing = register.barred.filter { !folder.contains($0) }
            if folder.isThere, missing.isEmpty { return nil }
            return NamesEdit(path: folder.path.string, add: missing, conversion: .intoFolder, makesFolder: !folder.isThere)
        case (true, false) where folder.isThere:
            do {
                return NamesEdit(path: folder.path.string, remove: try folder.fingerprints(), conversion: .outOfFolder)
            } catch { throw Failure(error) }
        default: return nil
        }
    }

    private static func removal(_ survey: SetupSurvey) throws(Failure) -> RelayPlan {
        RelayPlan.removing(
            survey.files.record, trusted: try survey.trustedWithoutSetup(), list: survey.files.resolved(survey.configuration.list),
            survey.configuration)
    }

    /// A certificate that was approved by fingerprint alone must stay trusted when the directory counts too: it is installed if it is known.
    private static func installation(_ local: LocalTrust) throws(Failure) -> DirectoryEdit? {
        var register = try Register(local.configuration)
        try register.readAll()
        let approved = register.items.map(\.fingerprint).sorted()
        let library: EximAnswers.TLSLibrary
        do { library = try local.exim().program.library() } catch { throw Failure(error) }
        let directory = try Installation(
            folder: register.directory, isShared: TrustDirectory.isShared(register.directory.filePath), allowsCA: false, library: library)
        let wishes = approved.map { TrustPlan.Wish(fingerprint: $0, after: .approved) }
        for caution in try directory.cautions(about: wishes, in: register) { local.progress.note("warning: \(caution)") }
        for fingerprint in approved where register[fingerprint].certificate == nil {
            local.progress.note(
                "warning: the certificate of \(fingerprint) is not known: it cannot relay until it is approved with --certificate")
        }
        return try directory.edit(for: wishes, in: register)
    }

    /// Exim checks the owner of its main file but not of the files that it includes: they are checked here, before they are included.
    package func checkOwners() throws(Failure) {
        let folders = [conversion?.approved, plan?.revoked].compactMap { $0.map { FilePath($0.path) } }
        for file in transition.steps.map(\.edit.file) + folders {
            var path = file
            while !survey.files.exists(path), path.removingLastComponent() != path { path = path.removingLastComponent() }
            do { try Ownership.check(path) } catch {
                throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
            }
        }
    }

    package func pause() { survey.pause() }

    package func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String] {
        guard !removes, relay.touchesExim || conversion != nil else { return [] }
        progress.say("rehearsing sessions with Exim; this takes a few seconds")
        var form = ListForm.macro
        if case .folder(let path) = relay.trusted { form = .folder(path) }
        let rehearsal = RelayRehearsal(
            survey: survey, way: relay.way, certificates: relay.certificates, form: form, authority: relay.authority,
            isOwn: relay.touchesExim)
        return try rehearsal.play(with: candidates)
            ? [] : ["nothing can be mounted here, so no session was rehearsed: try it with one client"]
    }
}
