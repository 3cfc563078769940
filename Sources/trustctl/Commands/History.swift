import ArgumentParser
import TrustCore

struct History: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "history", abstract: "Shows all decisions, the oldest first.")

    @Flag(help: "Check that no line of the ledger was altered, removed or put in between.") var verify = false
    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = try Session(config: common.config)
        let register = try session.look()
        if verify {
            let faults = register.ledger.faults() + (try seal(session)).flatMap { register.ledger.faults($0) }
            let warnings = register.ledger.lines.filter { $0.decision?.sealed != nil }.map { line in
                "line \(line.number) stands in the place of one that was written whole and was cut later: `trustctl history` shows what is left"
            }
            for warning in warnings { Progress.note("warning: \(warning)") }
            if common.json {
                Output.write(JSON.text(Verdict(decisions: register.ledger.lines.count, faults: faults, warnings: warnings)))
            }
            guard faults.isEmpty else {
                throw Failure(messages: faults.map { "the ledger is not whole: \($0)" }, hint: "compare it with a backup", exit: .refused)
            }
            if common.json { return }
            return Output.write("the ledger is whole: \(register.ledger.lines.count) decisions\n")
        }
        if common.json { Output.write(JSON.text(Document(decisions: register.ledger.decisions.map(Document.Line.init)))) }
        for line in register.ledger.lines {
            guard let decision = line.decision else {
                Progress.note("warning: line \(line.number) of the ledger cannot be read")
                continue
            }
            if common.json { continue }
            let undoes = decision.undoes.map { " of decision \($0)" } ?? ""
            var text = "\(line.number)  \(decision.time)  \(decision.action.rawValue)\(undoes) by \(Printable(decision.operator.described))"
            if let reason = decision.reason { text += ": \(Printable(reason))" }
            for subject in decision.subjects {
                let label = subject.label.map { " (\(Printable($0, limit: 64)))" } ?? ""
                text += "\n   \(Printable(subject.fingerprint, limit: 64))\(label) \(subject.before.rawValue) -> \(subject.after.rawValue)"
            }
            if let torn = decision.torn {
                let how = decision.sealed == nil ? "a crash tore" : "was whole, and was cut after that,"
                text += "\n   of a line that \(how) this is left: \(Printable(String(decoding: torn, as: UTF8.self), limit: 200))"
            }
            if let setup = decision.setup {
                text += setup.trust.map { "\n   trust by \($0.rawValue)" } ?? "\n   taken back"
                for file in setup.files {
                    let what = file.before == nil ? "made" : file.after == nil ? "removed" : "changed"
                    text += "\n   \(what) \(Printable(file.path, limit: 200))"
                }
            }
            Output.write(text + "\n")
        }
    }

    /// Root's alone to read.
    private func seal(_ session: Session) throws -> [LedgerSeal] {
        do throws(SystemError) { return (try session.changes.seal()).map { [$0] } ?? [] } catch {
            guard error.isNotPermitted else { throw Failure(Cause(error)) }
            Progress.note("note: whether lines are gone at the ledger's end, or the last one was altered, is told to root alone")
            return []
        }
    }

    /// `{"version":1,"decisions":3,"faults":[],"warnings":[]}`
    private struct Verdict: Encodable {
        let version = 1
        let decisions: Int
        let faults: [String]
        let warnings: [String]

        enum CodingKeys: CodingKey {
            case version, decisions, faults, warnings
        }
    }

    /// `{"version":1,"decisions":[…]}`
    private struct Document: Encodable {
        let version = 1
        let decisions: [Line]

        enum CodingKeys: CodingKey {
            case version, decisions
        }

        struct Line: Encodable {
            let decision: Decision

            enum CodingKeys: String, CodingKey {
                case number, time, action, undoes, reason, fingerprints, setup, torn
                case decidedBy = "decided_by"
            }

            func encode(to encoder: any Encoder) throws {
                var fields = encoder.container(keyedBy: CodingKeys.self)
                try fields.encode(decision.number, forKey: .number)
                try fields.encode(decision.time, forKey: .time)
                try fields.encode(decision.action.rawValue, forKey: .action)
                try fields.encode(decision.undoes, forKey: .undoes)
                try fields.encode(decision.operator.described, forKey: .decidedBy)
                try fields.encode(decision.reason, forKey: .reason)
                try fields.encode(decision.subjects.map(Subject.init), forKey: .fingerprints)
                try fields.encode(decision.setup, forKey: .setup)
                try fields.encode(decision.torn.map { String(decoding: $0, as: UTF8.self) }, forKey: .torn)
            }
        }

        struct Subject: Encodable {
            let subject: Decision.Subject

            enum CodingKeys: String, CodingKey {
                case fingerprint, before, after, label
                case labelBefore = "label_before"
            }

            func encode(to encoder: any Encoder) throws {
                var fields = encoder.container(keyedBy: CodingKeys.self)
                try fields.encode(subject.fingerprint, forKey: .fingerprint)
                try fields.encode(subject.before.rawValue, forKey: .before)
                try fields.encode(subject.after.rawValue, forKey: .after)
                try fields.encode(subject.label, forKey: .label)
                try fields.encode(subject.labelBefore, forKey: .labelBefore)
            }
        }
    }
}
