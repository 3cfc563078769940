import ArgumentParser
import FleetHost
import Glibc
import Host
import Trust
import TrustCore

struct FleetApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Takes what is in the inbox, and makes so on this relay what the fleet has decided.",
        discussion: """
            One change for all decisions. What the fleet does not know stays as it is. When Exim refuses the change, what takes trust away is \
            done alone. The inbox is emptied, whatever is in it.
            """)

    @Flag(help: ArgumentHelp("As trustctl-fleet.service runs it: nothing that the last run has done.")) var unit = false
    @OptionGroup var lock: LockOptions
    @OptionGroup var fleet: FleetOptions

    /// Runs that follow each other at once. A unit that begins anew looks the same, and can be stopped.
    private static let mostRounds = 10

    func run() throws {
        let local = try fleet.local()
        // Somebody has left the fleet while the unit was starting.
        if unit, !local.isInFleet { return }
        let fleet = try LocalFleet.required(local)
        var failure: Failure?
        for number in 1...Self.mostRounds {
            let round: LocalFleet.Round
            do throws(Failure) { round = try fleet.round(onlyIfNeeded: unit || number > 1, waiting: lock.wait) } catch {
                if unit, fleet.isInboxFilled { Self.rest() }
                throw error
            }
            show(round)
            if let failed = round.failure { failure = failed } else if round.applied != nil { failure = nil }
            // The attack: whoever fills the inbox has root's program started, again and again.
            if unit, round.wasInVain { Self.rest() }
            guard !round.isInboxBroken, fleet.isInboxFilled else { break }
        }
        if let failure { throw failure }
    }

    private static func rest() { sleep(1) }

    private func show(_ round: LocalFleet.Round) {
        if let imported = round.imported {
            Self.show(imported)
            for sentence in round.refused { Terminal.note("left out: \(sentence)") }
        }
        guard let applied = round.applied, !unit || applied.plan != nil || !applied.notes.isEmpty else { return }
        Self.show(applied)
    }

    static func show(_ imported: LocalFleet.Imported) {
        func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
        Output.write(
            "kept: \(count(imported.new, "new decision")), \(imported.known) known, \(count(imported.receipts, "new receipt"))"
                + "\(waiting(imported.waiting))\n")
        for sentence in imported.trustedAgain { Terminal.note("warning: \(sentence)") }
        for sentence in imported.refused { Terminal.note("left out: \(sentence)") }
    }

    /// At a console, behind the rest: what waits on the relays, as their roots have signed it.
    private static func waiting(_ relays: [(member: String, count: Int)]) -> String {
        guard let first = relays.first else { return "" }
        let sum = relays.reduce(0) { $0 + $1.count }
        return "; \(sum == 0 ? "nothing waits" : sum == 1 ? "1 waits" : "\(sum) wait") on "
            + (relays.count == 1 ? first.member : "\(relays.count) relays")
    }

    static func show(_ applied: LocalFleet.Applied) {
        if applied.waiting > 0 {
            Terminal.note("\(applied.waiting) decisions wait for others that are not here: they only take away")
        }
        if let plan = applied.plan {
            Terminal.show(Report.done(plan, notes: applied.notes), json: false)
        } else {
            Terminal.show(Report.nothing(.fleet, notes: applied.notes), json: false)
        }
    }
}
