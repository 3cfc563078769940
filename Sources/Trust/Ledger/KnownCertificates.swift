import Certificates
import Glibc
import SystemPackage
import TrustCore

/// The certificates of fingerprints that were approved, each a file in PEM: what they said is known for ever, whatever becomes of the queue and
/// the trust directory. A file whose digest is not its name is none.
struct KnownCertificates {
    static let name = "known"
    private let folder: FilePath

    /// `folder` is trustctl's own.
    init(in folder: FilePath) { self.folder = folder.appending(Self.name) }

    /// The certificate's DER form; nil when none is kept.
    func der(_ fingerprint: Fingerprint) -> [UInt8]? {
        guard let folder = try? Folder(folder),
            let bytes = try? folder.contents(of: fingerprint.description, limit: Certificate.maximumFileSize),
            let der = try? Certificate.der(in: bytes), (try? Fingerprint(of: der)) == fingerprint
        else { return nil }
        return der
    }

    /// Whether there is a file for it.
    func has(_ fingerprint: Fingerprint) -> Bool { (try? Folder(folder).has(fingerprint.description)) ?? false }

    /// Keeps the certificates that a decision approves. The ledger has them too, so one that cannot be kept is missed by nobody.
    func keep(_ decision: Decision) {
        for subject in decision.subjects where subject.after == .approved {
            guard let claimed = subject.evidence?.certificate, let der = try? Certificate.der(claimed: claimed, for: subject.fingerprint)
            else { continue }
            do throws(SystemError) { try keep(der, subject.fingerprint) } catch { return }
        }
    }

    /// The same for one that was brought with a decision.
    func keep(_ der: [UInt8], _ fingerprint: Fingerprint) throws(SystemError) {
        let group = getgrnam("trustd").map { $0.pointee.gr_gid }
        if mkdir(folder.string, 0o700) == 0 {
            // Addresses are not in it, but names of people are.
            guard chown(folder.string, 0, group ?? 0) == 0, chmod(folder.string, 0o750) == 0 else { throw SystemError("chown", folder) }
        }
        let name = fingerprint.description
        let open = try Folder(folder)
        if self.der(fingerprint) != nil { return }
        try open.write(PEM.certificate(der), to: ".\(name)", mode: 0o640, group: group)
        try open.rename(".\(name)", to: name)
    }
}
