import EximControl
import Trust
import TrustCore

/// `{"version":1,"decisions":[…]}`, written line by line.
enum HistoryDocument {
    struct Line: Encodable {
        let number: Int
        @NullableTime var time: String?
        /// Nil in a line that a trustctl of before wrote.
        @NullableTime var doneAt: String?
        let action: Decision.Action
        @Nullable var undoes: Int?
        let decidedBy: String
        @Nullable var reason: String?
        let fingerprints: [Subject]
        @Nullable var setup: Setup?
        @Nullable var invitation: String?
        @Nullable var invited: Invited?
        @Nullable var renews: Fingerprint?
        /// Only there when our own CA has issued certificates.
        let issued: [Issued]?
        /// Only there when a fleet's decisions were made so.
        let fleet: LocalEffects.FleetChange?
        @Nullable var torn: String?

        init(_ entry: LedgerEntry) {
            let decision = entry.decision
            number = entry.number
            time = decision.time
            doneAt = entry.done
            action = decision.action
            undoes = entry.undoes
            decidedBy = decision.operator.described
            reason = decision.reason
            fingerprints = decision.subjects.map(Subject.init)
            setup = entry.effects.setup.map(Setup.init)
            invitation = entry.effects.invitation
            invited = entry.effects.invited.map { Invited(label: $0.label, expires: $0.expires) }
            renews = entry.effects.renews
            issued = entry.effects.issued?.map(Issued.init)
            fleet = entry.effects.fleet
            torn = entry.torn.map { String(decoding: $0, as: UTF8.self) }
        }
    }

    struct Setup: Encodable {
        @Nullable var trust: WayOfTrust?
        let files: [File]

        struct File: Encodable {
            let path: String
            @Nullable var before: String?
            @Nullable var after: String?
        }

        init(_ change: LocalEffects.SetupChange) {
            trust = change.trust
            files = change.files.map { File(path: $0.path, before: $0.before, after: $0.after) }
        }
    }

    struct Issued: Encodable {
        let fingerprint: Fingerprint
        @Nullable var issuedFor: Fingerprint?
        let name: String
        @NullableTime var notAfter: String?

        init(_ issued: LocalEffects.Issued) {
            fingerprint = issued.fingerprint
            issuedFor = issued.shown
            name = issued.name
            notAfter = issued.ends
        }
    }

    struct Invited: Encodable {
        @Nullable var label: String?
        @NullableTime var expires: String?
    }

    struct Subject: Encodable {
        let fingerprint: Fingerprint
        let before: TrustState
        let after: TrustState
        @Nullable var label: String?
        @Nullable var labelBefore: String?
        /// Only there when the approval has an end, or had one before.
        let until: String?
        let untilBefore: String?
        /// Only there when it has a note, or had one before.
        let note: String?
        let noteBefore: String?

        init(_ subject: Decision.Subject) {
            fingerprint = subject.fingerprint
            before = subject.before
            after = subject.after
            label = subject.label
            labelBefore = subject.termsBefore.label
            until = subject.terms.until?.description
            untilBefore = subject.termsBefore.until?.description
            note = subject.terms.note
            noteBefore = subject.termsBefore.note
        }
    }
}

/// `{"version":1,"decisions":3,"faults":[],"warnings":[]}`
struct LedgerVerdict: Encodable {
    let version = 1
    let decisions: Int
    let faults: [String]
    let warnings: [String]
}
