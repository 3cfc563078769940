import Certificates
import SystemPackage
import Trust
import TrustCore

/// The trust directory, where trust needs one. Pure.
struct DirectoryFindings {
    /// As Exim has it, its expansion done; nil when it is no path.
    let directory: FilePath?
    /// Exim's value of tls_verify_certificates.
    let value: String
    /// As trustd.conf has it.
    let configured: FilePath
    /// Whether it is where the machine keeps the authorities that all its programs trust.
    let isSystems: Bool
    /// Its certificates by their digests; nil when it could not be read.
    let files: [Fingerprint: TrustDirectory.File]?
    /// All names in it, when Exim finds certificates by OpenSSL's hash links alone; nil when it reads every file.
    let links: [String]?
    /// Why Exim's user cannot read the directory, or a file in it.
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
                    "exim takes the authorities of the whole machine for those of its clients: tls_verify_certificates = \(Printable(value, limit: 100))",
                    "whoever has a certificate of a public authority counts as verified and can fill the queue; a client's CA:TRUE certificate put there becomes an authority for every program here",
                    mend:
                        "`mkdir -p \(mend.certificates)`, copy the approved certificates there, `certificates = \(mend.certificates)` in \(mend.folder)/trustd.conf, and \(mend.directoryOption)"
                ))
        }
        guard let directory else { return findings }
        if directory != configured {
            findings.append(
                Finding(
                    .warning, "other-directory", "exim's trust directory is \(directory), and trustd.conf names \(configured)",
                    "trustctl shows other certificates than those that count",
                    mend: "`certificates = \(directory)` in \(mend.folder)/trustd.conf"))
        }
        findings += unreadable.prefix(3).map { error in
            Finding(
                .error, "directory-unreadable", "exim's user cannot read the trust directory: \(error)",
                "approved clients do not verify, and cannot relay",
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
                "\(directory.appending(file.name)) has no hash link, and this exim, which is built with OpenSSL, looks for nothing else",
                "exim does not verify it, so this client cannot relay", mend: "`ln -s \(file.name) \(directory.appending("\(hash).0"))`")
        ]
    }

    private func missing(_ record: Record, among files: [Fingerprint: TrustDirectory.File]) -> [Finding] {
        let certificate = record.certificate
        // One that an authority in the directory has issued verifies without being there itself.
        if let certificate, !certificate.selfSigned, files.values.contains(where: { $0.certificate.subject == certificate.issuer }) {
            return []
        }
        let name = Printable(record.name, limit: 64)
        return [
            Finding(
                certificate == nil ? .warning : .error, "approved-not-installed",
                "the certificate of \(name) is approved, and is not in the trust directory",
                certificate == nil
                    ? "unless an authority there has issued it, this client cannot relay"
                    : "exim does not verify it, so this client cannot relay",
                mend: "`trustctl approve \(record.fingerprint)\(certificate == nil ? " --certificate FILE" : "")`")
        ]
    }

    private func authority(_ file: TrustDirectory.File, _ name: String, in directory: FilePath) -> Finding {
        Finding(
            isSystems ? .error : .warning, "authority-in-directory",
            "the certificate of \(Printable(name, limit: 64)) in \(directory) says CA:TRUE",
            isSystems
                ? "who has its key can be any server for every program of this machine"
                : "who has its key can issue others that exim takes for verified, and fill the queue with them",
            mend:
                "ask its owner for one that says CA:FALSE (`openssl req -x509 -addext basicConstraints=critical,CA:FALSE …`), approve that, and `trustctl revoke \(file.certificate.fingerprint)`"
        )
    }

    private func stray(_ file: TrustDirectory.File, in directory: FilePath) -> Finding {
        let certificate = file.certificate
        let more = [certificate.notAfter < now ? "has expired" : nil, certificate.isCA ? "says CA:TRUE" : nil].compactMap { $0 }
        return Finding(
            .warning, "never-approved",
            "\(directory.appending(file.name)) is no certificate that is approved\(more.isEmpty ? "" : ", and it \(more.joined(separator: " and "))")",
            certificate.isCA
                ? "what its holder issues counts as verified, and can fill the queue"
                : "its holder counts as verified; when the list is lost, that is all that is left",
            mend: "`rm \(directory.appending(file.name))`, then \(mend.reload); or `trustctl approve \(certificate.fingerprint)`")
    }
}
