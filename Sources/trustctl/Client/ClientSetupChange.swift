import FoundationEssentials
import Glibc
import SystemPackage
import TrustCore

/// The way that `client setup` takes, with the same parts as the relay's: find out, plan, show, ask, lock, apply, tell.
struct ClientSetupChange {
    let session: Session
    let folder: ClientFolder
    let options: ChangeOptions
    let json: Bool

    private var recordPath: FilePath { session.configuration.ledger.appending("client-setup") }

    /// `snippets` nil: all is taken back.
    func run(_ snippets: ClientSnippets?) throws(Failure) {
        if snippets == nil, session.hasNothing(of: recordPath) { return tell(nil, nil, [], notes: []) }
        try session.checkMayChange()
        try session.locked(waiting: options.wait) { () throws(Failure) in try session.recover() }
        let bytes: [UInt8]?
        do { bytes = try LocalFileSystem().contents(of: recordPath) } catch { throw Failure(Cause(error)) }
        let record = try SetupRecord(bytes, at: recordPath)
        let survey = try SetupSurvey(session.configuration, settings: session.file, record: record)
        let debian = try snippets.map { snippets throws(Failure) in try self.debian(snippets, survey) }
        let wanted = try debian.map { debian throws(Failure) in
            debian.plan(localMacros: debian.isSplit ? nil : try survey.base(DebianClient.localMacros))
        }
        let transition = try SetupTransition(from: record, to: wanted ?? [], trust: nil, folders: []) { path throws(Failure) in
            try survey.read(path)
        }
        guard let plan = try plan(transition, record: bytes, survey) else {
            return tell(nil, snippets, [], notes: transition.notes + ["nothing to do"])
        }
        if options.dryRun { return show(transition, isDry: true) }
        show(transition, isDry: false)
        try Confirmation(assumeYes: options.yes).ask(snippets == nil ? "Take all of this back?" : "Change these files?")
        try session.locked(waiting: options.wait) { () throws(Failure) in
            try session.recover()
            try apply(plan, debian, transition, survey)
        }
    }

    /// What Exim is here. Throws with what to paste where it is not Debian's.
    private func debian(_ snippets: ClientSnippets, _ survey: SetupSurvey) throws(Failure) -> DebianClient {
        let scenery = try survey.scenery(survey.basics())
        let main = try survey.asking { () throws(EximError) in
            try EximProgram(session.configuration, scratch: survey.scratch("")).mainConfiguration()
        }
        guard DebianConfiguration.generates(main) else {
            throw Failure(
                byHand: ByHand(
                    reason: "\(main) is not Debian's generated configuration, and trustctl cannot know which router comes first in it",
                    insertions: [.init(place: "\(main)", text: snippets.text(for: .exim))],
                    afterwards: ["exim -bV", "trustctl client check \(snippets.relay)"]))
        }
        let debian = DebianClient(snippets: snippets, isSplit: try survey.debianIsSplit(), folder: folder.path)
        let answers = try survey.asking { () throws(EximError) in
            try scenery.answers(options: ["spool_directory"], macros: [DebianClient.typeMacro, DebianClient.hostMacro])
        }
        do {
            try debian.check(type: answers[DebianClient.typeMacro], host: answers[DebianClient.hostMacro], library: answers.library)
        } catch { throw Failure(byHand: error) }
        try checkReadable(snippets.key, by: try survey.group())
        return debian
    }

    /// The attack is none, but every mail would wait: Exim delivers as its own user.
    private func checkReadable(_ key: FilePath, by group: UInt32?) throws(Failure) {
        var status = stat()
        guard stat(key.string, &status) == 0 else { throw Failure(Cause(SystemError("stat", key))) }
        guard let group, status.st_gid == group, status.st_mode & 0o040 != 0 else {
            let name = group.flatMap { getgrgid($0) }.map { String(cString: $0.pointee.gr_name) } ?? "GROUP"
            throw Failure("Exim may not read \(key)", .notSound, hint: "chgrp \(name) \(key); chmod 0640 \(key)")
        }
    }

    private func plan(_ transition: SetupTransition, record: [UInt8]?, _ survey: SetupSurvey) throws(Failure) -> TrustPlan? {
        let edit = FileEdit(
            path: recordPath.string, before: record.map { Data($0) }, after: transition.record.map { Data($0.bytes) }, access: .closed)
        guard !transition.isEmpty || edit.before != edit.after else { return nil }
        let files = transition.steps.map(\.edit)
        var plan = TrustPlan(
            decision: Decision(
                id: "\(Timestamp.now)-\(getpid())-\(UInt32.random(in: .min ... .max))", time: Timestamp.now.description, action: .setup,
                operator: .current, reason: options.reason, subjects: [],
                setup: Decision.SetupChange(
                    trust: nil,
                    files: files.map { edit in
                        .init(
                            path: edit.path, before: edit.before.map { Ledger.digest(of: Array($0)) },
                            after: edit.after.map { Ledger.digest(of: Array($0)) })
                    })))
        // Whenever we are killed, the record tells of what is there.
        plan.files = edit.before == edit.after ? files : transition.record == nil ? files + [edit] : [edit] + files
        // A client that is a relay too trusts whom it trusted.
        let trusted = try survey.trustedNow()
        plan.trusted = .init(before: trusted, after: trusted)
        return plan
    }

    private func apply(
        _ plan: TrustPlan, _ debian: DebianClient?, _ transition: SetupTransition, _ survey: SetupSurvey
    ) throws(Failure) {
        var plan = plan
        let done: TrustChange.Done
        do throws(TrustChangeError) {
            done = try Signals.heldOff { () throws(TrustChangeError) in
                try session.changes.apply(plan) { substitutions throws(Cause) in
                    guard let debian else { return }
                    do throws(EximError) {
                        try Self.judge(debian, substitutions, session.configuration, survey)
                    } catch { throw Cause(error) }
                }
            }
        } catch { throw Failure(error) }
        plan.decision.number = done.line.number
        let told = done.notes.filter { $0 != .nobodyTold }.map { $0.text(session.configuration) }
        tell(plan, debian?.snippets, transition.steps, notes: told + transition.notes)
    }

    /// Asks Exim, with the candidates in their places, what the transport would do: an administrator's own macro, or a file between the
    /// transport's and ours, would leave the mail without its pin.
    private static func judge(
        _ debian: DebianClient, _ substitutions: [Program.Substitution], _ configuration: Configuration, _ survey: SetupSurvey
    ) throws(EximError) {
        let scenery = try EximScenery(configuration, substitutions, scratch: survey.scratch(""))
        let values = try scenery.transport(DebianClient.transport)
        for (option, meant) in debian.expected.sorted(by: { $0.key < $1.key }) where values[option] != meant {
            let found = Printable(values[option] ?? "", limit: 200)
            throw .refused("\(DebianClient.transport) would have \(option) = “\(found)”, not “\(meant)”")
        }
    }

    private func show(_ transition: SetupTransition, isDry: Bool) {
        let report = SetupReport(json: json, settings: session.file)
        if !isDry { return report.show(transition, notes: []) }
        if json {
            var document = ClientDocument()
            document.detail = "dry-run"
            document.files = transition.steps.map(\.edit.path)
            document.warnings = transition.notes
            return Output.write(JSON.text(document))
        }
        for step in transition.steps {
            Progress.note("\(step.edit.path): \(step.purpose)")
            Output.write(UnifiedDiff.bytes(between: step.edit.before.map { Array($0) }, step.edit.incoming, path: step.edit.path))
        }
        Progress.note("dry run: nothing has changed, and Exim has not read the new files")
    }

    private func tell(_ plan: TrustPlan?, _ snippets: ClientSnippets?, _ steps: [SetupTransition.Step], notes: [String]) {
        if json {
            var document = ClientDocument()
            document.relay = snippets?.relay.description
            document.pinnedFingerprint = snippets?.pinned.fingerprint
            document.files = steps.map(\.edit.path)
            document.warnings = notes
            return Output.write(JSON.text(document))
        }
        let takenBack = plan == nil ? "client setup has changed nothing here" : "client setup is taken back"
        let what = snippets.map { "mail goes to \($0.relay), and to nobody else who takes its place" } ?? takenBack
        Output.write("done: \(what)\n")
        for note in notes { Progress.note("note: \(note)") }
        guard let snippets, plan != nil else { return }
        Progress.note("next: trustctl client check \(snippets.relay)")
        Progress.note("`trustctl client setup --remove` takes this back")
    }
}
