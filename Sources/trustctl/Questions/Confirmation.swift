import Glibc
import Host
import Trust
import TrustCore

/// Asks the operator, after having shown what he decides about.
struct Confirmation {
    let assumeYes: Bool

    /// `once`: one question is enough for all.
    func ask(_ plan: TrustPlan, _ register: Register, _ cautions: [String], once: Bool = false) throws(Failure) {
        try askFirst(plan, register, cautions, once: once)
        try askAgain(plan, register)
    }

    /// The attack: who has stolen a key makes another certificate with it, after the first one was revoked.
    func askAgain(_ plan: TrustPlan, _ register: Register) throws(Failure) {
        guard plan.decision.action == .approve else { return }
        try askAgain(plan.decision.subjects.filter { $0.before != .approved && $0.after == .approved }.map(\.fingerprint), register)
    }

    /// The same about those who are about to be approved.
    func askAgain(_ approved: [Fingerprint], _ register: Register) throws(Failure) {
        guard approved.contains(where: register.hasDeniedKey) else { return }
        try ask("Its key was revoked, and whoever has it could relay again. Go on all the same?")
    }

    private func askFirst(_ plan: TrustPlan, _ register: Register, _ cautions: [String], once: Bool) throws(Failure) {
        let style = Style(for: STDERR_FILENO)
        if plan.decision.action == .import {
            Output.tell(ImportTable(plan.decision.subjects.map { ($0, register[$0.fingerprint]) }).text(style) + "\n")
            Self.tell(cautions)
            return try ask(Questions(plan).ofAll)
        }
        if plan.decision.subjects.allSatisfy({ $0.onlyChangesTerms && $0.terms != $0.termsBefore }), plan.decision.action == .approve {
            for subject in plan.decision.subjects {
                let name = "\(subject.fingerprint)\(Printable.behind(subject.termsBefore.label))"
                Output.tell(register[subject.fingerprint].shownTitle.map { "\(name): \($0)\n" } ?? "\(name)\n")
            }
            Self.tell(cautions)
            return try ask(Questions(plan).ofAll)
        }
        guard let columns = style.columns else { return try askOfAll(plan, register, cautions) }
        Self.warn(of: plan, register)
        Self.tell(cautions)
        let questions = Questions(plan)
        if questions.areOne {
            Output.tell(Crowd(plan.fingerprints.map { register[$0] }).text + "\n")
            return try ask(questions.ofAll)
        }
        let records = plan.fingerprints.map { register[$0] }
        let warnings = Warnings(register, of: records)
        if once {
            let asked = plan.decision.subjects.filter { !$0.onlyChangesTerms }
            for subject in asked { Output.tell(Card(register[subject.fingerprint], warnings, style: style).identity + "\n") }
            return try ask(Questions(plan.decision.action, asked).ofAll)
        }
        for (index, record) in records.enumerated() {
            let card = Card(record, warnings, style: style)
            let caution = questions.grants(index) ? Paragraph(Self.caution).wrapped(to: columns) + "\n\n" : ""
            Output.tell(card.facts + "\n" + caution + card.identity + (assumeYes ? "\n" : ""))
            try ask(questions.of(index))
        }
    }

    /// The form for what is no terminal: all cards, then one question.
    private func askOfAll(_ plan: TrustPlan, _ register: Register, _ cautions: [String]) throws(Failure) {
        let records = plan.fingerprints.map { register[$0] }
        let warnings = Warnings(register, of: records)
        for record in records { Output.tell(Card(record, warnings, style: Style(for: STDERR_FILENO)).text + "\n") }
        Self.warn(of: plan, register)
        Self.tell(cautions)
        if plan.decision.action == .approve || plan.decision.action == .undo {
            Output.tell(
                "Anybody can write any subject. Check all 64 digits with the certificate's owner over another channel\n(phone, in person).\n\n"
            )
        }
        try ask(Questions(plan).ofAll)
    }

    /// The cards of what a console is about to approve, as far as anything is known of it.
    func show(_ records: [Record], _ register: Register) {
        let known = records.filter { $0.state != .approved && ($0.outline != nil || $0.entry != nil) }
        guard known.count <= Self.mostCards else { return }
        let style = Style(for: STDERR_FILENO)
        let warnings = Warnings(register, of: known)
        for record in known { Output.tell(Card(record, warnings, style: style).text + "\n") }
        if !known.isEmpty { Output.tell(Paragraph(Self.caution).wrapped(to: style.columns ?? 80) + "\n\n") }
    }

    /// More than these nobody reads one by one.
    private static let mostCards = 10

    static let caution =
        "Anybody can write any subject. Check all 64 digits with the certificate's owner over another channel (phone, in person)."

    /// Tells of those that nobody has ever tried to relay with, as far as is known: a mistyped fingerprint is one of them.
    static func warn(of plan: TrustPlan, _ register: Register) {
        guard ![.forget, .import].contains(plan.decision.action) else { return }
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
        guard TerminalInput.isThere else {
            throw Failure("there is no terminal to ask on; nothing has changed", .usage, hint: "use --yes")
        }
        TerminalInput.flush()
        Output.tell("\(question) [y/N] ")
        let answer = TerminalInput.line()?.lowercased()
        guard answer == "y" || answer == "yes" else {
            throw Failure("cancelled; nothing has changed", .refused)
        }
    }
}
