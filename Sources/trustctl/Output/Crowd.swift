import Trust
import TrustCore

/// Many certificates in one line: `250 certificates, seen 3 min ago to 2 days ago, from 198.51.100.7 and 3 other addresses`.
struct Crowd {
    private let records: [Record]
    private let now: Timestamp

    init(_ records: [Record], now: Timestamp = .now) { (self.records, self.now) = (records, now) }

    var text: String {
        let times = records.compactMap { $0.lastSeen.flatMap { Timestamp(rfc3339: $0) } }
        var seen = ""
        if let last = times.max(), let first = times.min() {
            let (last, first) = (Ago.text(last, now: now), Ago.text(first, now: now))
            seen = last == first ? ", seen \(last)" : ", seen \(last) to \(first)"
        }
        var addresses: [String: Int] = [:]
        for record in records {
            let facts = record.seen
            if let address = facts.addresses.last ?? facts.observed?.address { addresses[address, default: 0] += 1 }
        }
        // The one of most, then the smallest.
        let most = addresses.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
        let others = addresses.count - 1
        let more = others > 0 ? " and \(others) other address\(others == 1 ? "" : "es")" : ""
        return "\(records.count) certificates\(seen)\(most.map { ", from \(Printable($0))\(more)" } ?? "")"
    }
}
