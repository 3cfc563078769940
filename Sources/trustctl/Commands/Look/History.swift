import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Shows the decisions, the oldest first, each by the time when it was done.")

    @Flag(help: "Check that no line of the ledger was altered, removed or inserted.") var verify = false
    @OptionGroup var filter: HistoryFilter
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !verify || !filter.isNarrow else { throw ValidationError("--verify reads all decisions") }
    }

    func run() throws {
        let local = try LocalTrust(config: common.config, progress: Terminal.progress)
        let register = try local.look()
        let books = register.books
        if verify { return try verify(books, local) }
        let wanted = try filter.wanted(register)
        var unreadable: [Int] = []
        var document = common.json ? JSON.Stream(array: "decisions") : nil
        do throws(SystemError) {
            try books.eachEntry { number, entry in
                if entry == nil, common.json { return unreadable.append(number) }
                guard let entry else {
                    Output.flush()
                    return Terminal.note(Self.unreadable(number))
                }
                guard wanted(entry) else { return }
                if common.json { document?.add(HistoryDocument.Line(entry)) } else { Output.add(Self.text(entry, number)) }
            }
        } catch { throw Failure(error) }
        document?.end()
        Output.flush()
        for number in unreadable { Terminal.note(Self.unreadable(number)) }
    }

    private func verify(_ books: Books, _ local: LocalTrust) throws {
        let found: (faults: [String], replaced: [Int], lines: Int)
        let seal = try seal(local)
        do throws(SystemError) { found = try books.verified(seal) } catch { throw Failure(error) }
        let faults = found.faults
        let warnings = found.replaced.map { number in
            "line \(number) replaces one that was written whole and cut short later: `trustctl history` shows what is left of it"
        }
        for warning in warnings { Terminal.note("warning: \(warning)") }
        let intact: [Answer.Part] = faults.isEmpty ? [.text("the ledger is intact: \(found.lines) decisions\n")] : []
        Terminal.show(Answer(LedgerVerdict(decisions: found.lines, faults: faults, warnings: warnings), intact), json: common.json)
        guard faults.isEmpty else {
            throw Failure(messages: faults.map { "the ledger is not intact: \($0)" }, hint: "compare it with a backup", exit: .refused)
        }
    }

    private static func unreadable(_ number: Int) -> String { "warning: line \(number) of the ledger cannot be read" }

    private static func text(_ entry: LedgerEntry, _ number: Int) -> String {
        let decision = entry.decision
        let undoes = entry.undoes.map { " of decision \($0)" } ?? ""
        var text = "\(number)  \(entry.shownTime)  \(decision.action.rawValue)\(undoes) by \(Printable(decision.operator.described))"
        if let reason = decision.reason { text += ": \(Printable(reason))" }
        for subject in decision.subjects {
            let label = Printable.behind(subject.label)
            text += "\n   \(subject.fingerprint)\(label) \(subject.before.rawValue) -> \(subject.after.rawValue)"
            if subject.after == .approved, let until = subject.terms.until { text += " until \(until)" }
            if subject.after == .approved, let note = subject.terms.note { text += "\n      note: \(Printable(note))" }
        }
        if let invitation = entry.effects.invitation { text += "\n   invitation \(Printable(invitation, limit: 64))" + invited(entry) }
        for issued in entry.effects.issued ?? [] {
            let whose = issued.shown.map { " for \($0)" } ?? " for a request"
            text += "\n   \(issued.fingerprint) (\(Printable(issued.name, limit: 64)))\(whose), until \(Printable(issued.ends, limit: 40))"
        }
        if let fleet = entry.effects.fleet {
            text += "\n   fleet \(Printable(fleet.name, limit: 64))"
            for signed in fleet.decisions {
                let reason = signed.reason.map { ": \(Printable($0))" } ?? ""
                text += "\n   decision \(Printable(signed.serial, limit: 12)) signed by \(Printable(signed.signer, limit: 64))\(reason)"
            }
        }
        if let torn = entry.torn {
            let how = entry.sealed == nil ? "torn by a crash" : "cut short after it was written whole"
            text += "\n   what is left of a line \(how): \(Printable(String(decoding: torn, as: UTF8.self), limit: 200))"
        }
        if let setup = entry.effects.setup {
            text += setup.trust.map { "\n   trust by \($0.rawValue)" } ?? "\n   undone"
            for file in setup.files {
                let what = file.before == nil ? "made" : file.after == nil ? "removed" : "changed"
                text += "\n   \(what) \(Printable(file.path, limit: 200))"
            }
        }
        return text + "\n"
    }

    private static func invited(_ entry: LedgerEntry) -> String {
        guard let invited = entry.effects.invited else { return "" }
        let label = Printable.behind(invited.label)
        return "\(label) until \(Printable(invited.expires, limit: 32))"
    }

    /// Root's alone to read.
    private func seal(_ local: LocalTrust) throws -> LedgerSeal? {
        do throws(SystemError) { return try local.ledger.seal() } catch {
            guard error.isNotPermitted else { throw Failure(error) }
            Terminal.note("note: only root can check whether lines are missing at the ledger's end, or the last one was altered")
            return nil
        }
    }
}
