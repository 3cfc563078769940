import Certificates
import Trust
import TrustCore

/// Judges the dates of the approved certificates that are known.
struct ExpiryFindings {
    let approved: [Record]
    let now: Timestamp

    var findings: [Finding] {
        approved.sorted { $0.fingerprint < $1.fingerprint }.compactMap { record in
            guard let certificate = record.certificate else { return nil }
            let name = "\(Printable(record.name, limit: 64))"
            let mend = "ask its owner for a new one, approve that, then `trustctl revoke \(record.fingerprint)`"
            let left = certificate.notAfter.seconds - now.seconds
            if left <= 0 {
                return Finding(
                    .warning, "approved-expired", "the certificate of \(name) is approved, but expired on \(certificate.notAfter.day)",
                    "this client can no longer relay", mend: mend)
            }
            guard left <= Int64(CertificateWarning.soon) * 86_400 else { return nil }
            return Finding(
                .warning, "approved-expires", "the certificate of \(name) is approved, and expires on \(certificate.notAfter.day)",
                "from then on this client cannot relay", mend: mend)
        }
    }
}
