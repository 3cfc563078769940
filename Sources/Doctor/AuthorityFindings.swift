import Certificates
import EximControl
import SystemPackage
import TrustCore

/// Judges trust by a CA: the CA's certificate, the condition about its name, the sessions of its clients and of attackers, and the folders.
struct AuthorityFindings {
    /// The folder against which Exim verifies, and the certificates in it.
    let folder: FilePath
    let certificates: [Certificate]
    /// The name in Exim's rules, and as this Exim prints it; nil where it could not be asked.
    let name: String?
    let printed: QuotedText?
    /// How rehearsed sessions ended that were not to end so; nil where none could be held.
    let wrong: [AuthoritySessions.Visitor: String]?
    /// Those of these folders that are missing, and where Exim looks for revoked clients.
    let revoked: FilePath
    let issued: FilePath
    let missing: Set<FilePath>
    let revokedPlace: FilePath?
    /// Where other programs trust the same CA.
    let shared: FilePath?
    /// Files with a key in the folder that others than root can read.
    let openKeys: [FilePath]
    let now: Timestamp

    private static let again = "`trustctl setup --trust ca --ca FILE` with the CA's certificate"

    var findings: [Finding] { ends + names + sessions + folders + places }

    private var ends: [Finding] {
        guard certificates.count == 1, let certificate = certificates.first else {
            let what = certificates.isEmpty ? "no certificate" : "\(certificates.count) certificates"
            return [
                Finding(
                    .error, "ca-not-alone",
                    "\(folder), against which exim verifies the CA's clients, holds \(what) and not the CA's alone",
                    certificates.isEmpty ? "no client of the CA relays" : "another CA of the same name would let its clients relay",
                    mend: "\(Self.again); move other files out of \(folder)")
            ]
        }
        let days = (certificate.notAfter.seconds - now.seconds) / 86_400
        guard days < 180 else { return [] }
        let when = certificate.notAfter < now ? "has ended" : "ends in \(days) days"
        return [
            Finding(
                days < 30 ? .error : .warning, "ca-ends",
                "the CA “\(Printable(certificate.subject, limit: 120))” \(when), on \(certificate.notAfter.day)",
                "from then on none of its clients relays", mend: "have the CA renewed, then \(Self.again)")
        ]
    }

    private var names: [Finding] {
        guard let printed, name != printed.text else { return [] }
        return [
            Finding(
                .error, "ca-name-differs",
                "exim's rules say \(WayOfTrust.authorityName) = \(Printable(name ?? "nothing", limit: 200)),"
                    + " and this exim prints the CA's name as \(Printable(printed.text, limit: 200))",
                "no client of the CA relays, or those of another one do", mend: Self.again)
        ]
    }

    private var sessions: [Finding] {
        guard let wrong else {
            return [
                Finding(
                    .warning, "ca-not-tried", "sessions of the CA's clients cannot be rehearsed, as where nothing can be mounted",
                    "it is not known whether it refuses those of another CA",
                    mend: "run `trustctl doctor` where root may mount, outside of the container")
            ]
        }
        return AuthoritySessions.Visitor.allCases.compactMap { visitor in
            guard let words = wrong[visitor] else { return nil }
            let said = Printable(words, limit: 200)
            if visitor == .client {
                return Finding(
                    .error, "ca-client-refused", "exim refuses \(visitor.words): \(said)", "no client of the CA relays", mend: Self.again)
            }
            return Finding(
                .error, "ca-not-guarded", "exim does not refuse \(visitor.words): \(said)", "others than the CA's clients can relay",
                mend: "\(Self.again); rules of your own need the conditions of acl_ca")
        }
    }

    private var folders: [Finding] {
        var findings: [Finding] = []
        if missing.contains(revoked) {
            findings.append(
                Finding(
                    .error, "revoked-missing", "the folder \(revoked), into which exim looks for revoked clients, is missing",
                    "exim defers (451) the mail of all clients of the CA",
                    mend: "`trustctl setup` makes it again, with all who are denied or revoked here"))
        }
        if revokedPlace != revoked {
            findings.append(
                Finding(
                    .error, "revoked-elsewhere",
                    "exim looks into \(revokedPlace.map { "\($0)" } ?? "no folder") for revoked clients, and trustctl has them in \(revoked)",
                    "`trustctl revoke` stops no client of the CA",
                    mend: "\(Self.again); or `revoked` in trustd.conf"))
        }
        if missing.contains(issued) {
            findings.append(
                Finding(
                    .warning, "issued-missing", "the folder \(issued), into which exim looks for certificates to hand over, is missing",
                    "exim defers (451) mail that it would refuse", mend: "`install -d -m 0755 \(issued)`"))
        }
        return findings
    }

    private var places: [Finding] {
        var findings = openKeys.map { key in
            Finding(
                .error, "ca-key-readable", "others than root can read \(key), which holds a private key",
                "whoever has read the CA's key can let himself in on every relay of this CA",
                mend: "move it away; if somebody may have read it, make a new CA")
        }
        if let shared {
            findings.append(
                Finding(
                    .warning, "ca-shared", "the CA stands in \(shared) too, where other programs of this host trust it",
                    "whoever has the CA's key can pretend to be any server to them", mend: "remove it there"))
        }
        return findings
    }
}
