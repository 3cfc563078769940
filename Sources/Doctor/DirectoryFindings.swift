import Certificates
import EximControl
import SystemPackage
import Trust
import TrustCore

/// Judges the trust directory, where the way of trust needs one.
struct DirectoryFindings {
    /// Exim's value after expansion; nil when it is not a path.
    let directory: FilePath?
    /// Exim's value of tls_verify_certificates.
    let value: String
    /// `certificates` in trustd.conf.
    let configured: FilePath
    /// Whether it is the folder of the authorities that all programs of this host trust.
    let isSystems: Bool
    /// Its certificates by their digests; nil when it could not be read.
    let files: [Fingerprint: TrustDirectory.File]?
    /// What OpenSSL says of it; nil when it could not be read.
    let verification: Verification?
    /// Why Exim's user cannot read the directory or files in it.
    let unreadable: [SystemError]
    let approved: [Record]
    let now: Timestamp
    let mend: Remedies

    var findings: [Finding] {
        var findings: [Finding] = []
        if isSystems {
            findings.append(
                Finding(
                    .warning, "system-authorities",
                    "exim verifies clients against the authorities of the whole host: tls_verify_certificates = \(Printable(value, limit: 100))",
                    "a client with a certificate from a public authority counts as verified and can fill the queue; a client's CA:TRUE certificate in that folder becomes an authority for every program of this host",
                    mend:
                        "`mkdir -p \(mend.certificates)`, copy the approved certificates there, `certificates = \(mend.certificates)` in \(mend.folder)/trustd.conf, and \(mend.directoryOption)"
                ))
        }
        guard let directory else { return findings }
        if directory != configured {
            findings.append(
                Finding(
                    .warning, "other-directory", "exim's trust directory is \(directory), but trustd.conf says \(configured)",
                    "trustctl shows other certificates than exim uses",
                    mend: "`certificates = \(directory)` in \(mend.folder)/trustd.conf"))
        }
        findings += unreadable.prefix(3).map { error in
            Finding(
                .error, "directory-unreadable", "exim's user cannot read the trust directory: \(error)",
                "exim cannot verify approved clients, so they cannot relay",
                mend: error.path == directory ? "`chmod 0755 \(directory)`" : "`chmod 0644 \(error.path)`")
        }
        guard let files else { return findings }
        let known = Dictionary(approved.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        let subjects = Set(files.values.map(\.certificate.subject))
        var (missing, lost, unverified, authorities): ([Finding], [Finding], [Finding], [Finding]) = ([], [], [], [])
        for record in approved.sorted(by: { $0.fingerprint < $1.fingerprint }) {
            guard let file = files[record.fingerprint] else {
                missing += self.missing(record, among: subjects)
                continue
            }
            let found = unlinked(file, in: directory)
            lost += found
            if found.isEmpty { unverified += self.unverified(record, file.certificate, known) }
            if file.certificate.isCA { authorities.append(authority(file, record.name, in: directory)) }
        }
        findings += missing.summed("approved certificates are not in the trust directory")
        findings += lost.summed("certificates in \(directory) are not found by their hash links")
        findings += unverified.summed("approved certificates do not verify")
        findings += authorities.summed("approved certificates say CA:TRUE")
        guard !isSystems else { return findings }
        return findings
            + files.sorted { $0.key < $1.key }.filter { known[$0.key] == nil }.map { stray($0.value, in: directory) }
            .summed("certificates in \(directory) are not approved")
    }

    /// With GnuTLS, Exim reads every file: what its links are like matters only when it is exchanged for one with OpenSSL.
    private var needsLinks: Bool { verification?.library != .gnuTLS }

    private func unlinked(_ file: TrustDirectory.File, in directory: FilePath) -> [Finding] {
        guard let fault = verification?.faults[file.certificate.fingerprint] else { return [] }
        let path = directory.appending(file.name)
        let problem =
            switch fault {
            case .noLink: "\(path) has no hash link"
            case .behind(let name, let stop, true): "\(path) is not found by its hash link \(name), because \(stop) is missing"
            case .behind(let name, let stop, false):
                "\(path) is not found by its hash link \(name), because \(stop) leads to no certificate"
            }
        return [
            Finding(
                needsLinks ? .error : .note, "hash-link-missing",
                "\(problem), and an exim with OpenSSL finds certificates only by their hash links",
                needsLinks
                    ? "exim does not verify it, so this client cannot relay" : "this exim needs no links, because it is built with GnuTLS",
                mend: "`trustctl approve \(file.certificate.fingerprint)`")
        ]
    }

    private func unverified(_ record: Record, _ certificate: Certificate, _ known: [Fingerprint: Record]) -> [Finding] {
        guard let problem = verification?.problems[record.fingerprint] else { return [] }
        let words = problem.explained(certificate) { known[$0]?.name ?? String($0.description.prefix(16)) }
        var severity = needsLinks ? Finding.Severity.error : .note
        switch problem.reason {
        // Dates have their own findings.
        case .expired, .notYetValid: return []
        case .issuerUnknown(let mayBeSent) where needsLinks && (mayBeSent || isSystems): severity = .warning
        default: break
        }
        return [
            Finding(
                severity, "approved-not-verified",
                "\(needsLinks ? "exim does" : "an exim with OpenSSL would") not verify the approved certificate of \(Printable(record.name, limit: 64)): \(words)",
                severity == .error
                    ? "this client cannot relay"
                    : severity == .note
                        ? "this exim takes it, because it is built with GnuTLS"
                        : "this client can relay only if it sends all certificates up to an authority of this host",
                mend: problem.wayOut)
        ]
    }

    private func missing(_ record: Record, among subjects: Set<String>) -> [Finding] {
        let certificate = record.certificate
        // A certificate that an authority in the directory issued is verified without being there itself.
        if let certificate, !certificate.selfSigned {
            let verifies = needsLinks && verification.map { $0.problems[record.fingerprint] == nil } ?? false
            if verifies || !needsLinks && subjects.contains(certificate.issuer) { return [] }
        }
        let name = Printable(record.name, limit: 64)
        return [
            Finding(
                certificate == nil ? .warning : .error, "approved-not-installed",
                "the certificate of \(name) is approved, but not in the trust directory",
                certificate == nil
                    ? "unless an authority in it issued the certificate, this client cannot relay"
                    : "exim does not verify it, so this client cannot relay",
                mend: "`trustctl approve \(record.fingerprint)\(certificate == nil ? " --certificate FILE" : "")`")
        ]
    }

    private func authority(_ file: TrustDirectory.File, _ name: String, in directory: FilePath) -> Finding {
        Finding(
            isSystems ? .error : .warning, "authority-in-directory",
            "the certificate of \(Printable(name, limit: 64)) in \(directory) says CA:TRUE",
            isSystems
                ? "the owner of its key can pose as any server to every program of this host"
                : "the owner of its key can issue certificates that exim verifies, and fill the queue with them",
            mend:
                "ask its owner for one that says CA:FALSE (`openssl req -x509 -addext basicConstraints=critical,CA:FALSE …`), approve that, and `trustctl revoke \(file.certificate.fingerprint) --only`"
        )
    }

    private func stray(_ file: TrustDirectory.File, in directory: FilePath) -> Finding {
        let certificate = file.certificate
        let more = [certificate.notAfter < now ? "has expired" : nil, certificate.isCA ? "says CA:TRUE" : nil].compactMap { $0 }
        return Finding(
            .warning, "never-approved",
            "\(directory.appending(file.name)) is not an approved certificate\(more.isEmpty ? "" : ", and it \(more.joined(separator: " and "))")",
            certificate.isCA
                ? "certificates that its owner issues count as verified, and can fill the queue"
                : "its owner counts as verified: nothing but the list keeps that client from relaying",
            mend: "`rm \(directory.appending(file.name))`, then \(mend.reload); or `trustctl approve \(certificate.fingerprint)`")
    }
}
