import Certificates
import EximControl
import SystemPackage
import Trust
import TrustCore

/// What OpenSSL says of the approved certificates and of the trust directory's links, as an Exim that is built with it would.
struct Verification {
    /// The library of the Exim that is examined.
    let library: EximAnswers.TLSLibrary
    /// Certificates that are in the directory, and not found by their links.
    var faults: [Fingerprint: HashedFolder.Fault] = [:]
    /// Certificates that do not verify.
    var problems: [Fingerprint: ServerVerification.Problem] = [:]

    init(library: EximAnswers.TLSLibrary) { self.library = library }

    /// Nil when the directory cannot be read.
    init?(of approved: [Record], in directory: FilePath, library: EximAnswers.TLSLibrary) {
        guard let folder = try? HashedFolder(directory) else { return nil }
        self.init(library: library)
        let verification = ServerVerification(folder)
        for record in approved {
            guard let certificate = record.certificate else { continue }
            // With GnuTLS links are not needed; the ones that trustctl has made are looked at all the same.
            let isOurs = record.installedAs == SharedFiles.certificate(of: record.fingerprint)
            let isLinked = library == .gnuTLS ? isOurs : record.installedAs != nil
            if isLinked, let fault = folder.fault(of: certificate) { faults[record.fingerprint] = fault }
            if library == .gnuTLS, !isLinked { continue }
            problems[record.fingerprint] = verification.problem(of: certificate)
        }
    }
}
