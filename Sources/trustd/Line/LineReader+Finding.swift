package import TrustCore

extension LineReader {
    /// What a line claims: this fingerprint asked to relay.
    package struct Sighting: Equatable {
        package let fingerprint: Fingerprint
        /// Nil when the line has no time.
        package let time: Timestamp?
        package let address: Address?
        /// The DER form in base64.
        package let certificate: String?
        /// The Exim process that wrote the line.
        package let pid: Int32?

        package init(fingerprint: Fingerprint, time: Timestamp?, address: Address?, certificate: String?, pid: Int32?) {
            self.fingerprint = fingerprint
            self.time = time
            self.address = address
            self.certificate = certificate
            self.pid = pid
        }
    }

    package enum Finding: Equatable {
        case sighting(Sighting)
        /// A later line about a fingerprint that was sighted before it. An empty observation withdraws what an earlier one said.
        case observation(Fingerprint, PendingEntry.Observation)
        /// Exim's own line, with the digest of no certificate instead of a fingerprint.
        case noCertificate
        /// With the reason.
        case nothing(String)

        /// Whether this is Exim's own line about a certificate, or about a client without one.
        package var isSighting: Bool {
            switch self {
            case .sighting, .noCertificate: true
            case .observation, .nothing: false
            }
        }
    }

    package struct Found: Equatable {
        package let finding: Finding
        /// The sequence number of the byte behind the line.
        package let sequence: UInt64

        package init(finding: Finding, sequence: UInt64) {
            self.finding = finding
            self.sequence = sequence
        }
    }
}

extension LineReader.Finding: CustomStringConvertible {
    /// One line of text: what `trustd --explain` prints, and what stands below a line in exim-log.cases.
    package var description: String {
        switch self {
        case .sighting(let sighting): return sighting.description
        case .observation(let fingerprint, PendingEntry.Observation()): return "withdrawn \(fingerprint)"
        case .observation(let fingerprint, let observation):
            var words = ["observed \(fingerprint)"]
            if let address = observation.address { words.append("address=\(address)") }
            if let helo = observation.helo { words.append("helo=\(Printable(helo))") }
            if let domain = observation.domain { words.append("domain=\(Printable(domain))") }
            return words.joined(separator: " ")
        case .noCertificate: return "refused (the digest of no certificate)"
        case .nothing(let reason): return "nothing (\(reason))"
        }
    }
}

extension LineReader.Sighting: CustomStringConvertible {
    package var description: String {
        var words = ["sighting \(fingerprint)"]
        if let time { words.append("time=\(time)") }
        if let address { words.append("address=\(address)") }
        if let certificate = certificate.flatMap({ Base64.decode(Array($0.utf8)) }) {
            words.append("certificate=\(certificate.count) bytes")
        }
        if let pid { words.append("pid=\(pid)") }
        return words.joined(separator: " ")
    }
}
