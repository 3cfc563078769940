import Certificates
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
    /// All names in it, when Exim finds certificates by OpenSSL's hash links alone; nil when it reads every file.
    let links: [String]?
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
        for record in approved.sorted(by: { $0.fingerprint < $1.fingerprint }) {
            guard let file = files[record.fingerprint] else {
                findings += missing(record, among: files)
                continue
            }
            findings += unlinked(file, in: directory)
            if file.certificate.isCA { findings.append(authority(file, record.name, in: directory)) }
        }
        guard !isSystems else { return findings }
        for (fingerprint, file) in files.sorted(by: { $0.key < $1.key }) where known[fingerprint] == nil {
            findings.append(stray(file, in: directory))
        }
        return findings
    }

    private func unlinked(_ file: TrustDirectory.File, in directory: FilePath) -> [Finding] {
        let hash = file.certificate.subjectHash
        guard let links, !links.contains(where: { $0.hasPrefix("\(hash).") }) else { return [] }
        return [
            Finding(
                .error, "hash-link-missing",
                "\(directory.appending(file.name)) has no hash link, and an exim with OpenSSL finds certificates only by their hash links",
                "exim does not verify it, so this client cannot relay", mend: "`ln -s \(file.name) \(directory.appending("\(hash).0"))`")
        ]
    }

    private func missing(_ record: Record, among files: [Fingerprint: TrustDirectory.File]) -> [Finding] {
        let certificate = record.certificate
        // A certificate that an authority in the directory issued is verified without being there itself.
        if let certificate, !certificate.selfSigned, files.values.contains(where: { $0.certificate.subject == certificate.issuer }) {
            return []
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
                "ask its owner for one that says CA:FALSE (`openssl req -x509 -addext basicConstraints=critical,CA:FALSE …`), approve that, and `trustctl revoke \(file.certificate.fingerprint)`"
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
