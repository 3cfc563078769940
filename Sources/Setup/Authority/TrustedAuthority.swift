import Certificates
package import Host
package import SystemPackage
import TrustCore

/// The CA whose clients may relay: its certificate, as somebody else has made it.
package struct TrustedAuthority {
    let certificate: Certificate

    /// Reads `file` and throws (65) unless it holds one CA's certificate that is fit to let its clients in.
    package init(file: FilePath) throws(Failure) {
        let bytes: [UInt8]?
        let place = ResolvedPath(orAsWritten: file).filePath
        do { bytes = try LocalFileSystem(limit: Certificate.maximumFileSize).contents(of: place) } catch { throw Failure(error) }
        guard let bytes else { throw Failure("there is no \(Printable(file.string, limit: 200))", .refused) }
        try self.init(bytes, name: file.string)
    }

    init(_ bytes: [UInt8], name: String, now: Timestamp = .now) throws(Failure) {
        do { certificate = try Certificate.read(file: bytes, name: name) } catch {
            throw Failure(
                "refused: nothing has changed: \(error)", .refused, hint: "the file must hold the CA's own certificate, and nothing else")
        }
        guard let (why, hint) = Self.fault(of: certificate, now) else { return }
        throw Failure("refused: nothing has changed: \(Printable(name, limit: 200)): \(why)", .refused, hint: hint)
    }

    /// Why this certificate must not let others in, and what to do about it; nil when it may.
    private static func fault(of certificate: Certificate, _ now: Timestamp) -> (String, String)? {
        let own = "name the CA's own certificate (its root): `openssl x509 -noout -subject -issuer -in FILE` shows both names alike"
        guard certificate.isCA else { return ("this is a client's or a server's certificate, not a CA's (CA:FALSE)", own) }
        switch certificate.ownSignature {
        case .right: break
        case .none: return ("it is not self-signed: another CA has issued it", own)
        case .wrong: return ("it names itself as its issuer, but its own key has not signed it", own)
        case .unchecked:
            return ("this OpenSSL cannot check its signature (\(Printable(certificate.signatureAlgorithm, limit: 80)))", "use RSA or EC")
        }
        let other = "have the CA made anew, with an EC key (P-256) or RSA of at least 2048 bits, signed with SHA-256"
        for warning in certificate.warnings(at: now, inTrustDirectory: true, known: []) {
            switch warning {
            case .weakKey, .unreadableKey, .weakSignature, .malformedExtensions: return ("\(warning)", other)
            case .expired, .notYetValid: return ("\(warning)", "check this host's clock, or have the CA renewed")
            default: continue
            }
        }
        return certificate.subject.isEmpty ? ("it has no name, and Exim knows the CA's clients by it", other) : nil
    }

    /// As it is written into the folder against which Exim verifies: under the name by which OpenSSL looks for an issuer. GnuTLS reads every
    /// file there, so one regular file serves both.
    var fileName: String { "\(certificate.subjectHash).0" }
    var text: [UInt8] { Array(certificate.pemText.utf8) }
}
