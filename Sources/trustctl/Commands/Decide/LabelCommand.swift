import ArgumentParser
import Host
import Trust

struct LabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Gives an approved certificate another label.",
        discussion: "It may relay as before. Every command takes a label in the place of a fingerprint.")

    @Argument(help: fingerprintHelp, completion: Candidates.approved) var fingerprint: String
    @Argument(help: ArgumentHelp("The new label.", valueName: "name")) var label: String?
    @Flag(help: "Take the label away.") var remove = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard remove == (label == nil) else { throw ValidationError("Give the new label, or --remove") }
        if let label, let fault = Label.fault(of: label) { throw ValidationError("a \(fault)") }
    }

    func run() throws {
        try Change(common, change, fleet).carryOut(
            TermsRequest(name: fingerprint, label: .restored(label), reason: change.reason, example: "--label NAME").request)
    }
}

struct NoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note",
        abstract: "Keeps a note about an approved certificate.",
        discussion: "`trustctl show` prints it, and `trustctl history` those of before.")

    @Argument(help: fingerprintHelp, completion: Candidates.approved) var fingerprint: String
    @Argument(help: ArgumentHelp("The note, in the place of an earlier one.", valueName: "text")) var note: String?
    @Flag(help: "Remove the note.") var remove = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard remove == (note == nil) else { throw ValidationError("Give the note, or --remove") }
        if let note, let fault = Terms.fault(ofNote: note) { throw ValidationError("a \(fault)") }
    }

    func run() throws {
        try Change(common, change, fleet).carryOut(
            TermsRequest(name: fingerprint, note: .restored(note), reason: change.reason, example: "--note TEXT").request)
    }
}

/// What is said of one that is approved already; it lets nobody in.
private struct TermsRequest {
    let name: String
    var label = Setting<String>.kept
    var note = Setting<String>.kept
    let reason: String?
    /// How to say it while it is approved.
    let example: String

    var request: Request {
        Request(.approve, reason: reason) { register throws(Failure) in
            let record = register[try FingerprintReference.resolve(name, in: register)]
            guard record.state == .approved else {
                let state = record.state == .none ? record.isRevoked ? "revoked" : "not known here" : record.stateName
                throw Failure(
                    "refused: nothing has changed: \(record.fingerprint) is \(state), not approved", .refused,
                    hint: "trustctl approve \(record.fingerprint) \(example)")
            }
            if case .set(let label) = label, let other = register.approved(as: label).first(where: { $0 != record.fingerprint }) {
                throw Failure("the label “\(label)” is taken by \(other)", .usage, hint: "choose another one")
            }
            return [TrustPlan.Wish(fingerprint: record.fingerprint, after: .approved, label: label, note: note)]
        }
    }
}
