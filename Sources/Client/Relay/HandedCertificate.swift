import Certificates
import EximControl
import TrustCore

/// The certificate that a relay hands over with its refusal, in the lines behind `issued:`.
///
/// It is public, and made for one key. The attacks: somebody between us and the relay, or another relay, hands one over to have our mail go
/// out with it, or not at all. So only the pinned relay is listened to, and only our own key's certificate is taken.
enum HandedCertificate {
    static let mark = "issued:"

    /// Nil when the answer holds none; else the certificate, or why it is not taken.
    static func read(_ reply: SMTPReply, for identity: Identity, at now: Timestamp) -> Result<Certificate, Fault>? {
        guard reply.code == 550, reply.lines.first == mark else { return nil }
        let text = reply.lines.dropFirst().joined(separator: "\n") + "\n"
        let certificate: Certificate
        do { certificate = try Certificate.read(file: Array(text.utf8), name: "it") } catch { return .failure(Fault(words: "\(error)")) }
        if let words = fault(of: certificate, identity, now) { return .failure(Fault(words: words)) }
        return .success(certificate)
    }

    struct Fault: Error {
        /// The rest of a sentence, safe to print.
        let words: String
    }

    private static func fault(of certificate: Certificate, _ identity: Identity, _ now: Timestamp) -> String? {
        guard (try? identity.key.belongs(to: certificate)) == true else { return "it is for another key" }
        if certificate.isCA { return "it is a CA's (CA:TRUE)" }
        // Only we can have signed such a one, and it is handed back to us.
        if certificate.ownSignature != .none { return "no CA has issued it" }
        if certificate.isNeverValid || certificate.notAfter <= now { return "it ended at \(certificate.notAfter)" }
        if now < certificate.notBefore { return "it is not valid before \(certificate.notBefore)" }
        if !certificate.maySign { return "its keyUsage lacks digitalSignature" }
        return nil
    }
}
