import Certificates
import FoundationEssentials
import TrustCore

/// What was seen of a fingerprint.
extension Record {
    /// According to the queue while it is pending, else as the ledger keeps it. The certificate is not part of it, and neither is a time
    /// that is none, whatever somebody has written there.
    package var seen: Evidence { pending.map(Evidence.init) ?? evidence?.withRealTimes ?? Evidence() }

    /// `seen.lastSeen`, without building the rest: for sorting thousands.
    package var lastSeen: String? { pending?.lastSeen.description ?? Evidence.real(evidence?.lastSeen) }

    /// All addresses at which it was seen, or may have been, whether it is pending or decided.
    var addresses: [Address] {
        let noted = (evidence?.addresses ?? []) + [evidence?.observed?.address].compactMap { $0 } + (evidence?.observed?.oneOf ?? [])
        let observed = [entry?.observed?.address].compactMap { $0 } + (entry?.observed?.oneOf ?? [])
        return noted.compactMap { Address($0) } + (entry?.addresses ?? []) + observed
    }

    private var pending: PendingEntry? { state == .pending ? entry : nil }
}

extension Evidence {
    init(_ entry: PendingEntry) {
        firstSeen = entry.firstSeen.description
        lastSeen = entry.lastSeen.description
        sightings = entry.sightings
        addresses = entry.addresses.map(\.description)
        observed = entry.observed.map {
            Observed(
                address: $0.address?.description, helo: $0.helo.map(Self.capped), domain: $0.domain.map(Self.capped),
                oneOf: $0.oneOf.isEmpty ? nil : $0.oneOf.map(\.description))
        }
    }

    /// What is known of a fingerprint before its queue entry is removed; nil when nothing is.
    init?(_ record: Record) {
        self = record.entry.map(Evidence.init) ?? record.evidence ?? Evidence()
        observed = observed ?? record.evidence?.observed
        certificate = record.outline?.der.map { Data($0).base64EncodedString() }
        source = record.source
        if firstSeen == nil, certificate == nil { return nil }
    }

    fileprivate var withRealTimes: Evidence {
        var evidence = self
        (evidence.firstSeen, evidence.lastSeen) = (Self.real(firstSeen), Self.real(lastSeen))
        return evidence
    }

    fileprivate static func real(_ time: String?) -> String? { time.flatMap { Timestamp(rfc3339: $0)?.description } }

    /// At most 256 Unicode scalars of a stranger's text. Characters would not do: one can combine thousands of marks.
    static func capped(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(256)))
    }
}
