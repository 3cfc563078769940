import TrustCore

/// What was known about a fingerprint when it was decided, copied from the queue: the entry is gone afterwards.
package struct Evidence: Codable, Equatable {
    package var firstSeen: String?
    package var lastSeen: String?
    package var sightings: UInt64?
    package var addresses: [String] = []
    package var observed: Observed?
    /// DER as base64.
    package var certificate: String?
    package var source: CertificateSource?

    package enum CodingKeys: String, CodingKey {
        case sightings, addresses, observed, certificate, source
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
    }

    package struct Observed: Codable, Equatable {
        package var address: String?
        package var helo: String?
        package var domain: String?
    }
}

/// Where a certificate came from.
package enum CertificateSource: String, Codable {
    case log, directory, file
}
