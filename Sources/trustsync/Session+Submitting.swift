import Postgres
import TrustCore

/// What the database is given: what is decided here, and what it has lost.
extension Session {
    /// Gives the database what the operators here have decided.
    mutating func submitOutbox(_ carrier: inout Carrier) throws(PostgresFailure) {
        for waiting in carrier.outbox.unsubmitted {
            // First the certificates: the relays ask for them when they hear of the decision.
            try hold(waiting.record, waiting.certificates, &carrier)
            guard try submit(waiting.record, &carrier) else { return }
            carrier.outbox.submitted(waiting.record)
            carrier.look()
        }
    }

    /// Whether the database has it now.
    mutating func submit(_ record: CarriedRecord, _ carrier: inout Carrier) throws(PostgresFailure) -> Bool {
        carrier.reporter.alive()
        let values = [PostgresValue.bytes(record.body), .bytes(record.signature)]
        do throws(PostgresFailure) {
            do throws(PostgresFailure) {
                _ = try connection.ask("SELECT trust.submit($1, $2)", values)
            } catch {
                // Somebody's commit, which notifies and waits for a standby, holds up all others that notify; or a listener who never ends his
                // transaction has filled the queue of notifications. The others see it at their next look.
                guard error.isLockTimeout || error.isTooMuch else { throw error }
                _ = try connection.ask("SELECT trust.submit($1, $2, quietly => true)", values)
            }
            carrier.reporter.say("submit", nil)
            return true
        } catch {
            guard error.state != nil else { throw error }
            quotaEnds = Clock.monotonic + (error.isQuota ? .seconds(300) : poll)
            carrier.reporter.say("submit", "the database does not take a decision: \(error)")
            return false
        }
    }

    /// Gives the database what it lacks, for a moment; when to go on, if there is more.
    mutating func heal(_ carrier: inout Carrier, now: Duration) throws(PostgresFailure) -> Duration? {
        var left = 50
        while let name = carrier.healing.last {
            if now < quotaEnds { return quotaEnds }
            if let room = carrier.healingAllowance.nextRoom(now: now) { return room }
            guard left > 0 else { return now }
            left -= 1
            if let record = carrier.accepted.record(name) {
                try hold(record, [], &carrier)
                guard try submit(record, &carrier) else { return quotaEnds }
                carrier.healingAllowance.use(bytes: record.body.count)
            }
            carrier.healing.removeLast()
        }
        return nil
    }
}
