import Glibc
import Testing
import TrustTestSupport

/// What must hold after an interrupted decision, and after the next command.
struct Aftermath {
    let scene: RelayScene
    let subject: Subject
    private let listBefore: Set<String>
    private let linesBefore: Int
    private let daemon: pid_t?

    /// Records the state before `subject` is decided.
    init(_ scene: RelayScene, _ subject: Subject) throws {
        self.scene = scene
        self.subject = subject
        listBefore = try scene.trusted
        linesBefore = try scene.decisionLines.count
        daemon = scene.exim.pid
    }

    /// Right after the interruption, before any repair: Exim accepts its configuration, and the list is the old or the new one.
    func checkAtOnce(_ told: String) throws {
        let check = try scene.exim.check()
        #expect(check.exitCode == 0, "\(told)\(check)")
        var next = listBefore
        if subject.after.isApproved { next.insert(subject.fingerprint) } else { next.remove(subject.fingerprint) }
        if let successor = subject.successor { next.insert(successor) }
        let now = try scene.trusted
        // Names in a folder come and go one by one.
        let isBetween =
            subject.successor != nil && now.isSuperset(of: listBefore.intersection(next)) && now.isSubset(of: listBefore.union(next))
        #expect(now == listBefore || now == next || isBetween && scene.listText.contains("dsearch"), "\(told)")
    }

    /// What the exit status promises, if the command ended by itself.
    func checkOutcome(_ run: Stepper.Run) throws {
        let outcome = run.outcome
        let standing = scene.standing(of: subject)
        let hasJournal = File.exists(scene.folder("ledger/journal"))
        switch outcome.exitCode {
        case 0: #expect(standing == subject.after, "done: \(run)")
        case 70: #expect(outcome.errors.contains("stuck"), "\(run)")
        case 65, 69, 75, 77, 78:
            #expect(standing == subject.before && !hasJournal, "nothing may have changed: \(run)")
            #expect(outcome.errors.contains("trustctl: "), "\(run)")
            #expect(outcome.errors.contains("undone") == (outcome.exitCode == 69), "\(run)")
        default: Issue.record("status \(outcome.exitCode) is not in the contract: \(run)")
        }
        // A command that cannot even read its config file does not know whose trust it is about.
        let knowsSettings = !outcome.errors.contains(scene.operator.settings)
        if outcome.exitCode != 0, subject.takesTrustAway, subject.before.isApproved, standing.isApproved, knowsSettings {
            #expect(outcome.errors.contains("STILL TRUSTED"), "\(run)")
        }
    }

    /// The next command ends the interrupted change, and says so. Then ledger, list and Exim agree.
    func checkNextCommand(_ round: Int, _ told: String, isKill: Bool) throws {
        let hasJournal = File.exists(scene.folder("ledger/journal"))
        let nobody = String(repeating: "AB", count: 32)
        // Nobody's is revoked too, where trust is by a CA.
        let change = subject.after.isRevoked ? "forget" : "revoke"
        let next = try scene.operator.start(
            [["history", "--verify"], ["list", "--state", "approved"], [change, nobody, "--yes"]][round % 3]
        ).wait()
        let told = "\(told)--- next\n\(next)"
        #expect(next.exitCode == 0, "\(told)")
        #expect(!File.exists(scene.folder("ledger/journal")), "\(told)")
        let standing = scene.standing(of: subject)
        #expect(standing == subject.before || standing == subject.after, "neither the state before nor after, but \(standing): \(told)")
        let isDone = standing == subject.after
        #expect(next.errors.contains("an interrupted change was finished") == (hasJournal && isDone), "\(told)")
        #expect(next.errors.contains("an interrupted change was undone") == (hasJournal && !isDone), "\(told)")
        // A stolen key must not come back because of a crash.
        if hasJournal, subject.takesTrustAway { #expect(isDone, "\(told)") }

        let lines = try scene.decisionLines
        #expect(lines.count == linesBefore + (isDone ? 1 : 0), "\(told)")
        let last = lines.last.map(String.init) ?? ""
        if isDone { #expect(last.contains(subject.fingerprint) && last.contains("\"\(subject.arguments[0])\""), "\(told)") }
        let verified = try scene.trustctl("history", "--verify")
        #expect(verified.exitCode == 0 && verified.errors.isEmpty, "\(verified)\(told)")

        if isKill { #expect(scene.exim.pid == daemon && daemon != nil, "Exim has another pid: \(told)") }
        let remembers = try scene.exim.remembers(subject.fingerprint)
        // If the change was not begun, nothing makes Exim read a list that was edited by hand.
        if isDone || !subject.isUnread, !scene.listText.contains("dsearch") {
            #expect(remembers == nil || remembers == standing.isApproved, "Exim works with a different list: \(told)")
        }
        let leftOver = (scene.settingsFolder + File.names(in: scene.folder("ledger"))).filter { $0.hasSuffix(".trustctl") }
        // A file that could not be removed stays; the next change of that file removes it.
        if !told.contains(": unlink ") { #expect(leftOver.isEmpty, "\(told)") }
    }
}
