import ArgumentParser
import FoundationEssentials
import Glibc
import SystemPackage
import TrustCore

struct Setup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Makes a relay of the Exim that is installed, or takes that back.",
        discussion: """
            Shows the diff of every file and asks. Exim rehearses sessions with the new files before they are live. Where trustctl cannot \
            be sure what to edit, nothing is changed, and standard output says exactly what to put where.
            """)

    @Option(help: ArgumentHelp("How a certificate is trusted.", valueName: "way")) var trust: TrustKind?
    @Flag(help: "Take back all that setup has changed.") var remove = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !remove || trust == nil else { throw ValidationError("--trust and --remove exclude each other") }
    }

    func run() throws {
        // Without the file the defaults hold; setup writes it when something else must be said.
        let session = try Session(config: common.config, mayBeMissing: true, takesBack: remove)
        do throws(Failure) {
            try SetupChange(session: session, common: common, options: change, kind: trust, removes: remove).run()
        } catch {
            if let instructions = error.instructions { SetupReport(json: common.json, settings: session.file).byHand(instructions) }
            throw error
        }
    }
}

extension TrustKind: ExpressibleByArgument {}

/// The way that setup takes: find out, plan, show, ask, lock, apply with rehearsals, tell.
struct SetupChange {
    let session: Session
    let common: CommonOptions
    let options: ChangeOptions
    let kind: TrustKind?
    let removes: Bool

    func run() throws(Failure) {
        let path = session.configuration.ledger.appending(SetupRecord.name)
        if removes, session.hasNothing(of: path) { return report().nothing(removes, .fingerprint, []) }
        try session.checkMayChange()
        if !options.dryRun { try session.locked(waiting: options.wait) { () throws(Failure) in try session.recover() } }
        let settings = (try? Ownership.resolve(session.file)) ?? session.file
        let bytes: [UInt8]?
        do { bytes = try LocalFileSystem().contents(of: path) } catch { throw Failure(Cause(error)) }
        let record = try SetupRecord(bytes, at: path)
        Progress.say("asking Exim what is there")
        let survey = try SetupSurvey(session.configuration, settings: settings, record: record)
        let answer = try removes ? survey.removal() : survey.plan(wanting: kind)
        let transition = try SetupTransition(
            from: record, to: answer.files, trust: answer.touchesExim ? answer.kind : nil, folders: answer.folders
        ) { path throws(Failure) in try survey.read(path) }
        let source = TrustPlan.SetupSource(
            recordPath: path, recordBytes: bytes, trusted: try survey.trustedNow(), group: try survey.group())
        guard var plan = TrustPlan.setup(answer, transition, source, reason: options.reason) else {
            return report().nothing(removes, answer.kind, answer.notes + transition.notes)
        }
        if !removes, answer.touchesExim, answer.kind == .directory { try install(in: &plan) }
        if options.dryRun { return report().planned(plan, transition) }
        try checkOwners(transition)
        survey.clear()
        report().show(transition, notes: answer.notes)
        try Confirmation(assumeYes: options.yes).ask(removes ? "Take all of this back?" : "Change these files?")
        try session.locked(waiting: options.wait) { () throws(Failure) in try apply(plan, answer, transition, survey) }
    }

    /// Who was approved by fingerprint alone must not lose his trust when the directory counts too: what is known is installed with it.
    private func install(in plan: inout TrustPlan) throws(Failure) {
        let register = try Register(session.configuration)
        let approved = register.records.values.filter { $0.state == .approved && $0.installedAs == nil }.map(\.fingerprint).sorted()
        let directory = Installation(
            folder: register.directory, isShared: TrustDirectory.isShared(register.directory), allowsCA: false)
        plan.directory = try directory.edit(for: approved.map { .init(fingerprint: $0, after: .approved) }, in: register)
        plan.decision.directory = plan.directory.map { edit in
            .init(path: edit.path, installed: edit.install.map(\.fingerprint), removed: [])
        }
        for fingerprint in approved where register[fingerprint].certificate == nil {
            Progress.note(
                "warning: the certificate of \(fingerprint) is not known: it cannot relay until it is approved with --certificate")
        }
    }

    /// Exim does not judge the owners of what it includes: we do, before a line of ours stands there.
    private func checkOwners(_ transition: SetupTransition) throws(Failure) {
        for step in transition.steps {
            var path = step.edit.file
            while !LocalFileSystem().exists(path), path.removingLastComponent() != path { path = path.removingLastComponent() }
            do { try Ownership.check(path) } catch {
                throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
            }
        }
    }

    private func report() -> SetupReport { SetupReport(json: common.json, settings: session.file) }

    private func apply(
        _ plan: TrustPlan, _ answer: SetupSurvey.Answer, _ transition: SetupTransition, _ survey: SetupSurvey
    ) throws(Failure) {
        try session.recover()
        var plan = plan
        let done: TrustChange.Done
        var warnings = transition.notes
        do throws(TrustChangeError) {
            done = try Signals.heldOff { () throws(TrustChangeError) in
                try session.changes.apply(plan) { substitutions throws(Cause) in
                    guard !removes, answer.touchesExim else { return }
                    Progress.say("rehearsing sessions with Exim; this takes a few seconds")
                    let rehearsed = try survey.rehearse(answer, substitutions)
                    if !rehearsed { warnings.append("nothing can be mounted here: no session was rehearsed; try one client") }
                }
            }
        } catch {
            let failure = Failure(error)
            plan.log(outcome: failure.messages[0])
            throw failure
        }
        plan.decision.number = done.line.number
        plan.log(outcome: "done", done.line)
        for folder in transition.abandoned { try? LocalFileSystem().removeFolder(folder) }
        report().done(
            plan, removes: removes, transition: transition, notes: done.notes.map { $0.text(session.configuration) } + warnings)
    }
}
