import EximControl
import TrustCore

extension ACLFindings {
    /// An ACL that hashes the certificate with an operator which does not know certificates.
    ///
    /// The trap: `${sha2:…}` and `${sha2_256:…}` give the same digest for every client. What is approved by it is everybody with a certificate.
    var wronglyHashed: [Finding] {
        let digest = Fingerprint.digestOfAnyCertificate
        let compares = results.anybody?.isAccepted == true && !isOpenToStrangers
        let logs = [results.stranger, results.strangerInDirectory].contains { $0?.digestsOfNoCertificate.contains(digest) ?? false }
        guard compares || logs else { return [] }
        let does = [logs ? "logs" : nil, compares ? "looks up" : nil].compactMap { $0 }.joined(separator: " and ")
        return [
            Finding(
                .error, "certificate-not-hashed",
                "exim \(does) \(digest) for every certificate: its ACL says `${sha2:…}` or `${sha2_256:…}`",
                "no client can be told from another; trustctl refuses to approve this digest, with which everybody could relay",
                mend: "write `${sha256:$tls_in_peercert}` in the ACL; or \(recommended)")
        ]
    }
}
