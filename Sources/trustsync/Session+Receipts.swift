import Postgres
import TrustCore

/// What the relays' roots have signed of themselves.
extension Session {
    private static let listed = 500
    /// More relays than this no fleet has.
    private static let mostRelays = 10_000

    /// Gives the database this relay's last one.
    mutating func giveReceipt(_ carrier: inout Carrier) throws(PostgresFailure) {
        guard let record = carrier.receipt else { return }
        do throws(PostgresFailure) {
            _ = try connection.ask(
                """
                INSERT INTO trust.receipt (body, signature) VALUES ($1, $2)
                ON CONFLICT (relay) DO UPDATE SET body = EXCLUDED.body, signature = EXCLUDED.signature
                """, [.bytes(record.body), .bytes(record.signature)])
            carrier.receipt = nil
            carrier.reporter.say("receipt", nil)
        } catch {
            guard error.state != nil else { throw error }
            // Held up by somebody's commit: once more at the next look. Anything else stays as it is until the next receipt.
            if !error.isLockTimeout { carrier.receipt = nil }
            carrier.reporter.say(
                "receipt", "the database does not take this relay's receipt: \(error)", hint: "trustctl fleet sql --member NAME")
        }
    }

    /// On a console: hands those to root that are new.
    mutating func readReceipts(_ carrier: inout Carrier) throws(PostgresFailure) {
        let next = try snapshot()
        var after = ""
        while true {
            carrier.reporter.alive()
            let answer = try connection.ask(
                """
                SELECT relay, body, signature FROM trust.receipt WHERE changed >= $1::pg_catalog.xid8 AND relay > $2
                ORDER BY relay COLLATE "C" LIMIT \(Self.listed)
                """, [.number(receiptHorizon), .text(after)])
            for row in 0..<min(answer.count, Self.listed) {
                guard let relay = answer.text(row, 0), let body = answer.bytes(row, 1), let signature = answer.bytes(row, 2),
                    let record = CarriedRecord(body: body, signature: signature), record.isReceipt, receipts[relay] != record.name
                else { continue }
                guard carrier.handover.hasRoom else { return }
                if receipts.count >= Self.mostRelays { receipts = [:] }
                receipts[relay] = record.name
                carrier.handover.addReceipt(record)
            }
            carrier.flush()
            // The attack: a list that does not end.
            guard answer.count >= Self.listed, let last = answer.text(answer.count - 1, 0), last > after else { break }
            after = last
        }
        receiptHorizon = next
    }
}
