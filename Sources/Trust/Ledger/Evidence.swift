/// What was known about a fingerprint when it was decided. It is copied from the queue, whose entry is removed afterwards.
package struct Evidence: Codable, Equatable {
    package internal(set) var firstSeen: String?
    package internal(set) var lastSeen: String?
    package internal(set) var sightings: UInt64?
    package internal(set) var addresses: [String] = []
    package internal(set) var observed: Observed?
    /// DER as base64.
    var certificate: String?
    var source: CertificateSource?

    private enum CodingKeys: String, CodingKey {
        case sightings, addresses, observed, certificate, source
        case firstSeen = "first_seen"
        case lastSeen = "last_seen"
    }

    /// What a neighbouring line of the log said: how the client introduced itself, and whose mail it was.
    package struct Observed: Codable, Equatable {
        package let address: String?
        package let helo: String?
        package let domain: String?
        /// One of these is the client's address, and nobody can say which; `address` is then nil.
        package var oneOf: [String]?

        private enum CodingKeys: String, CodingKey {
            case address, helo, domain
            case oneOf = "one_of"
        }
    }
}

/// Where a certificate came from.
package enum CertificateSource: String, Codable {
    case log, directory, file
}
