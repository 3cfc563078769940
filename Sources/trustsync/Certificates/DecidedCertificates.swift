import FleetCarrier
import TrustCore

/// What the accepted decisions say last of each certificate, by their serials. It is not the fleet's rules: by it nothing is trusted, it is
/// only known which certificates are worth carrying.
struct DecidedCertificates {
    /// Twice the serial of the last decision, and 1 more if that takes away: of two with the same serial, that one counts.
    private var last: [Fingerprint: Int64] = [:]
    private var new: [Fingerprint] = []

    mutating func take(_ sayings: DecisionSayings) {
        let place = min(sayings.serial, Int64.max / 4) * 2
        for fingerprint in sayings.approved { take(fingerprint, place) }
        for fingerprint in sayings.taken { take(fingerprint, place + 1) }
    }

    private mutating func take(_ fingerprint: Fingerprint, _ place: Int64) {
        guard last[fingerprint].map({ $0 < place }) ?? true else { return }
        last[fingerprint] = place
        new.append(fingerprint)
    }

    func isApproved(_ fingerprint: Fingerprint) -> Bool { last[fingerprint].map { $0 & 1 == 0 } ?? false }

    /// Those about which something was said since the last call.
    mutating func newly() -> [Fingerprint] {
        defer { new = [] }
        return new
    }
}
