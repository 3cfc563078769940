import Glibc
import Host
import Trust
import TrustCore

/// Asks the operator, after having shown what he decides about.
struct Confirmation {
    let assumeYes: Bool

    func ask(_ plan: TrustPlan, _ register: Register, _ cautions: [String]) throws(Failure) {
        let style = Style(for: STDERR_FILENO)
        let records = plan.fingerprints.map { register[$0] }
        let warnings = Warnings(register, of: records)
        for record in records { Output.tell(Card(record, warnings, style: style).text + "\n") }
        Self.warn(of: plan, register)
        Self.tell(cautions)
        if plan.decision.action == .approve || plan.decision.action == .undo {
            Output.tell(
                "Anybody can write any subject. Check all 64 digits with the certificate's owner over another channel\n(phone, in person).\n\n"
            )
        }
        let count = plan.decision.subjects.count
        let what = count == 1 ? "this certificate" : "these \(count) certificates"
        try ask(plan.question(what))
        // The attack: who has stolen a key makes another certificate with it, after the first one was revoked.
        let isBarred = plan.decision.subjects.contains {
            $0.before != .approved && $0.after == .approved && register.hasDeniedKey($0.fingerprint)
        }
        if isBarred, plan.decision.action == .approve {
            try ask("The key was revoked before, and whoever has it could relay again. Let \(what) relay all the same?")
        }
    }

    /// Tells of those that nobody has ever tried to relay with, as far as is known: a mistyped fingerprint is one of them.
    static func warn(of plan: TrustPlan, _ register: Register) {
        guard plan.decision.action != .forget else { return }
        for subject in plan.decision.subjects where subject.before == .none && subject.after != .none {
            if register[subject.fingerprint].evidence?.firstSeen == nil {
                Terminal.note("warning: \(subject.fingerprint) has never been seen here")
            }
        }
    }

    static func tell(_ cautions: [String]) { for caution in cautions { Terminal.note("warning: \(caution)") } }

    /// Goes on with a yes only.
    func ask(_ question: String) throws(Failure) {
        if assumeYes { return }
        guard isatty(STDIN_FILENO) != 0 else {
            throw Failure("there is no terminal to ask on; nothing has changed", .usage, hint: "use --yes")
        }
        Output.tell("\(question) [y/N] ")
        let answer = readLine()?.trimmed.lowercased()
        guard answer == "y" || answer == "yes" else {
            throw Failure("cancelled; nothing has changed", .refused)
        }
    }
}

extension TrustPlan {
    fileprivate func question(_ what: String) -> String {
        switch decision.action {
        case .approve: "Let \(what) relay?"
        case .deny: takesTrustAway && list != nil ? "Stop trusting \(what), and deny it from now on?" : "Deny \(what) from now on?"
        case .revoke: "Stop trusting \(what)?"
        case .expire: "Remove \(what) from the list? The dates have ended already."
        case .forget: "Forget \(what), until it is seen again?"
        case .setup, .mend, .invite, .cancel, .close: "Change these files?"
        case .undo: "Undo decision \(entry.undoes ?? 0) about \(what)?"
        }
    }
}
