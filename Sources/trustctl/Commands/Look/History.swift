import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct History: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "history", abstract: "Shows all decisions, the oldest first.")

    @Flag(help: "Check that no line of the ledger was altered, removed or put in between.") var verify = false
    @OptionGroup var common: CommonOptions

    func run() throws {
        let local = try LocalTrust(config: common.config, progress: Terminal.progress)
        let register = try local.look()
        if verify {
            let faults = register.ledger.faults() + (try seal(local)).flatMap { register.ledger.faults($0) }
            let warnings = register.ledger.lines.filter { $0.entry?.sealed != nil }.map { line in
                "line \(line.number) stands in the place of one that was written whole and was cut later: `trustctl history` shows what is left"
            }
            for warning in warnings { Terminal.note("warning: \(warning)") }
            if common.json {
                Output.write(JSON.text(LedgerVerdict(decisions: register.ledger.lines.count, faults: faults, warnings: warnings)))
            }
            guard faults.isEmpty else {
                throw Failure(messages: faults.map { "the ledger is not whole: \($0)" }, hint: "compare it with a backup", exit: .refused)
            }
            if common.json { return }
            return Output.write("the ledger is whole: \(register.ledger.lines.count) decisions\n")
        }
        if common.json { Output.write(JSON.text(HistoryDocument(decisions: register.ledger.entries.map(HistoryDocument.Line.init)))) }
        for line in register.ledger.lines {
            guard let entry = line.entry else {
                Terminal.note("warning: line \(line.number) of the ledger cannot be read")
                continue
            }
            if common.json { continue }
            let decision = entry.decision
            let undoes = entry.undoes.map { " of decision \($0)" } ?? ""
            var text = "\(line.number)  \(decision.time)  \(decision.action.rawValue)\(undoes) by \(Printable(decision.operator.described))"
            if let reason = decision.reason { text += ": \(Printable(reason))" }
            for subject in decision.subjects {
                let label = subject.label.map { " (\(Printable($0, limit: 64)))" } ?? ""
                text += "\n   \(subject.fingerprint)\(label) \(subject.before.rawValue) -> \(subject.after.rawValue)"
            }
            if let torn = entry.torn {
                let how = entry.sealed == nil ? "a crash tore" : "was whole, and was cut after that,"
                text += "\n   of a line that \(how) this is left: \(Printable(String(decoding: torn, as: UTF8.self), limit: 200))"
            }
            if let setup = entry.effects.setup {
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
    private func seal(_ local: LocalTrust) throws -> [LedgerSeal] {
        do throws(SystemError) { return (try local.ledger.seal()).map { [$0] } ?? [] } catch {
            guard error.isNotPermitted else { throw Failure(error) }
            Terminal.note("note: whether lines are gone at the ledger's end, or the last one was altered, is told to root alone")
            return []
        }
    }
}
