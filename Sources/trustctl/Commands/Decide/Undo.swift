import ArgumentParser
import EximControl
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

struct Undo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo",
        abstract: "Undoes a decision: what it changed is restored.",
        discussion: "A queue entry that it removed is not restored; it returns when the certificate is seen again.")

    @Argument(help: ArgumentHelp("The decision's number in `trustctl history`.", valueName: "n"), completion: Candidates.decisions)
    var number: DecisionNumber
    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func run() throws {
        var choice = fleet
        choice.local = choice.local || number.isLocal
        if !choice.local, let fleet = try LocalFleet(try LocalTrust(config: common.config)) {
            return try choice.undo(number.number, fleet, change, json: common.json)
        }
        try Change(common, change, choice).carryOut(Self.request(number.number, reason: change.reason))
    }

    static func request(_ number: Int, reason: String?) -> Request {
        var undo = Request(.undo, reason: reason) { register throws(Failure) in
            guard let decision = try register.decided(number) else {
                throw Failure("there is no decision \(number)", .noSuchEntry, hint: "`trustctl history` shows all")
            }
            guard decision.action != .forget else {
                throw Failure("decision \(number) forgot queue entries; they return when they are seen again", .refused)
            }
            guard decision.action != .mend else {
                throw Failure("decision \(number) decided nothing: it repaired the ledger", .refused)
            }
            guard decision.action != .sign else {
                throw Failure(
                    "decision \(number) signed certificates, and what is signed cannot be taken back", .refused,
                    hint: "`trustctl ca revoke FP` revokes one; `trustctl ca list` shows them")
            }
            guard !decision.action.isAboutInvitation else {
                throw Failure(
                    "decision \(number) was about an invitation, and let nobody in", .refused,
                    hint: "`trustctl invite --cancel NAME` ends an open one")
            }
            guard decision.action != .setup else {
                throw Failure("decision \(number) was a setup", .refused, hint: "`trustctl setup --remove` undoes it")
            }
            var wishes: [TrustPlan.Wish] = []
            for subject in decision.subjects {
                let fingerprint = subject.fingerprint
                let record = register[fingerprint]
                if subject.onlyChangesTerms, record.state == .approved {
                    guard let wish = TrustPlan.Wish.undoing(subject, of: record) else {
                        throw Failure(
                            "refused: nothing has changed: \(fingerprint) has another label, end or note now", .refused,
                            hint: "set those that you want with `trustctl approve` and --label, --until or --note")
                    }
                    wishes.append(wish)
                    continue
                }
                let target = subject.before == .pending ? TrustState.none : subject.before
                // Whether it waits again or not is the queue's affair.
                let now = record.state == .pending ? TrustState.none : record.state
                if now == target, !subject.onlyChangesTerms { continue }
                guard now == (subject.after == .pending ? .none : subject.after) else {
                    let by = record.last.map { ": see decision \($0.number)" } ?? ""
                    throw Failure(
                        "refused: nothing has changed: \(fingerprint) is \(record.state.rawValue) now\(by)", .refused,
                        hint: "decide again with approve, deny or revoke")
                }
                wishes.append(
                    target == .approved ? .restored(fingerprint, subject.terms) : TrustPlan.Wish(fingerprint: fingerprint, after: target))
            }
            return wishes
        }
        undo.undoes = number
        return undo
    }
}

/// The number of a decision. In a fleet `17` is a decision of the fleet, by its serial, and `L17` the line of this relay's own ledger.
struct DecisionNumber: ExpressibleByArgument {
    let number: Int
    let isLocal: Bool

    init?(argument: String) {
        isLocal = argument.first == "L"
        guard let number = Int(isLocal ? argument.dropFirst() : argument[...]) else { return nil }
        self.number = number
    }
}
