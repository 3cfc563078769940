package import Certificates
import EximControl
import Host
package import TrustCore

/// Certificates that become known after the rest was read.
extension Register {
    /// Looks for certificates in the trust directory that somebody has put there before anything else was known of them.
    mutating func findInstalled(_ fingerprints: some Sequence<Fingerprint>) throws(Failure) {
        let wanted = Set(fingerprints.filter { self[$0].outline == nil })
        guard !wanted.isEmpty else { return }
        do { installed.merge(try TrustDirectory.certificates(in: directory.filePath, only: wanted)) { $1 } } catch { throw Failure(error) }
    }

    /// Makes `certificate`, which the operator named, the known one of its fingerprint.
    package mutating func know(_ certificate: Certificate) {
        named[certificate.fingerprint] = try? CertificateOutline(der: certificate.der)
    }

    /// Whether one is not in the trust directory, although certificates are there and its own is kept: it came after the decision.
    package func lacksInstallation(_ fingerprint: Fingerprint) -> Bool {
        directoryIsInUse && installed[fingerprint] == nil && kept.has(fingerprint)
    }

    /// Makes the certificates known that came with a decision of the fleet.
    package mutating func knowBrought(_ fingerprints: [Fingerprint]) {
        for fingerprint in fingerprints where self[fingerprint].outline == nil {
            if let der = kept.der(fingerprint), let certificate = try? Certificate(der: der) { know(certificate) }
        }
    }
}
