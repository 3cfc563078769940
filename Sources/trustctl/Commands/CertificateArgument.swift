import Certificates
import Glibc
import Host
import SystemPackage
import TrustCore

/// A certificate that the operator names as a file.
enum CertificateArgument {
    /// The certificate in the file, whose fingerprint must be `fingerprint` when that is given.
    static func read(_ path: String, for fingerprint: Fingerprint?) throws(Failure) -> Certificate {
        let bytes: [UInt8]?
        do { bytes = try LocalFileSystem().contents(of: Ownership.resolve(FilePath(path))) } catch {
            throw Failure(error.description, error.isNotPermitted ? .notPermitted : .refused)
        }
        let certificate: Certificate
        guard let bytes else { throw Failure(SystemError("open", FilePath(path), code: ENOENT).description, .refused) }
        do { certificate = try Certificate.read(file: bytes, name: path) } catch {
            throw Failure(error.description, .refused, hint: error.hint)
        }
        if let fingerprint, fingerprint != certificate.fingerprint {
            throw Failure(
                "\(Printable(path)) holds the certificate \(certificate.fingerprint), not \(fingerprint)", .refused,
                hint: "the owner may have made a new certificate: compare both with `trustctl show`")
        }
        return certificate
    }
}
