package import TrustCore

/// A certificate that trustctl knows by a name: a label, or the beginning of its fingerprint.
package struct KnownCertificate: Equatable, Sendable {
    package let name: String
    package let fingerprint: Fingerprint
    let subject: String
    let spkiSHA256: String

    package init(name: String, fingerprint: Fingerprint, subject: String, spkiSHA256: String) {
        self.name = name
        self.fingerprint = fingerprint
        self.subject = subject
        self.spkiSHA256 = spkiSHA256
    }
}
