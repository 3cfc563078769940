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

    /// What a neighbouring line tells about a fingerprint.
    package struct Observed: Equatable {
        package let fingerprint: Fingerprint
        package let facts: PendingEntry.Observation

        package init(fingerprint: Fingerprint, facts: PendingEntry.Observation) {
            self.fingerprint = fingerprint
            self.facts = facts
        }
    }

    package enum Finding: Equatable {
        case sighting(Sighting)
        /// A later line about fingerprints that were sighted before it. An empty observation withdraws what an earlier one said.
        case observations([Observed])
        /// Exim's own line, with the digest of no certificate instead of a fingerprint.
        case noCertificate
        /// With the reason.
        case nothing(String)

        /// Whether this is Exim's own line about a certificate, or about a client without one.
        package var isSighting: Bool {
            switch self {
            case .sighting, .noCertificate: true
            case .observations, .nothing: false
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
        case .observations(let all): return all.map(\.description).joined(separator: "; ")
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

extension LineReader.Observed: CustomStringConvertible {
    package var description: String {
        guard facts != PendingEntry.Observation() else { return "withdrawn \(fingerprint)" }
        var words = ["observed \(fingerprint)"]
        if let address = facts.address { words.append("address=\(address)") }
        if !facts.oneOf.isEmpty { words.append("address=one of \(facts.oneOf.map(\.description).joined(separator: ", "))") }
        if let helo = facts.helo { words.append("helo=\(Printable(helo))") }
        if let domain = facts.domain { words.append("domain=\(Printable(domain))") }
        return words.joined(separator: " ")
    }
}
