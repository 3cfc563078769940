import Certificates
import EximControl
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// Rehearses sessions with Exim, as clients whose certificate was made only for this.
struct RelayTrial {
    private let stranger: Identity
    private let scratch: FilePath
    /// The digest that Exim computes for a client without a certificate. With it in the list, an ACL without its guard is open to everybody.
    private static let poison = Fingerprint.digestOfUnsetVariable

    init(scratch: FilePath) throws(EximError) {
        self.scratch = scratch
        do throws(OpenSSLError) {
            let key = try PrivateKey()
            stranger = Identity(
                certificate: try CertificateDraft(.client, commonName: "trustctl setup", days: 1).selfSigned(with: key), key: key)
        } catch { throw .cannotRun(error.description) }
    }

    private var fingerprint: Fingerprint { stranger.certificate.fingerprint }
    private static func list(_ value: some CustomStringConvertible) -> [Rehearsal.Macro] {
        [.init(name: MacroDefinition.name, value: "\(value)")]
    }

    /// What a configuration that somebody else wrote does already. `certificates` is its trust directory, if it has one.
    func practice(_ scenery: EximWithCandidates, certificates: FilePath?) throws(EximError) -> SetupFacts.Practice {
        // Without the directory: a certificate that nothing verifies.
        let unverified = try look(scenery, seeing: [])
        if unverified.isLogged, unverified.isAccepted { return try guarded(scenery, .works(.fingerprint, logsStrangers: true)) }
        guard let certificates else { return .broken("a client's certificate is not logged, or not trusted when it is in the list") }
        let installed = try install(in: certificates)
        defer { FolderTree.remove(installed.candidate) }
        let verified = try look(scenery, seeing: [installed])
        if verified.isLogged, verified.isAccepted {
            return try guarded(scenery, .works(.directory, logsStrangers: unverified.isLogged))
        }
        return .broken("a client whose certificate is in \(certificates) is not logged, or not trusted when it is in the list")
    }

    /// Whether our client is refused and logged when the list is empty, and accepted when his certificate is in it.
    private func look(
        _ scenery: EximWithCandidates, seeing more: [Program.Substitution]
    ) throws(EximError) -> (isLogged: Bool, isAccepted: Bool) {
        var rehearsal = Rehearsal(tls: .init(identity: stranger))
        rehearsal.macros = Self.list("")
        let refused = try scenery.play(rehearsal, seeing: more)
        let isLogged = refused.attempts.map(\.fingerprint) == [fingerprint] && refused.recipients.first?.isPositive == false
        rehearsal.macros = Self.list(fingerprint)
        return (isLogged, try scenery.play(rehearsal, seeing: more).recipients.first?.isPositive == true)
    }

    private func guarded(_ scenery: EximWithCandidates, _ practice: SetupFacts.Practice) throws(EximError) -> SetupFacts.Practice {
        try isGuarded(scenery)
            ? practice : .broken("a client without a certificate may relay as soon as the digest of no certificate is in the list")
    }

    private func isGuarded(_ scenery: EximWithCandidates) throws(EximError) -> Bool {
        for tls in [Rehearsal.TLS(identity: nil), nil] {
            var rehearsal = Rehearsal(tls: tls)
            rehearsal.macros = Self.list(Self.poison)
            if try scenery.play(rehearsal).recipients.first?.isPositive == true { return false }
        }
        return true
    }

    /// Checks what setup is about to make live. Throws `notInEffect` when it does not do what it should.
    func judge(_ scenery: EximWithCandidates, _ kind: WayOfTrust, certificates: FilePath) throws(EximError) {
        var rehearsal = Rehearsal(recipients: ["a@rehearsal.invalid", "b@rehearsal.invalid"], tls: .init(identity: stranger))
        rehearsal.macros = Self.list("")
        let unknown = try scenery.play(rehearsal)
        if let failure = unknown.tlsFailure { throw Self.fault("TLS fails: \(failure)", unknown) }
        guard unknown.tls?.askedForCertificate == true else { throw Self.fault("exim would not ask a client for its certificate", unknown) }
        guard unknown.recipients.count == 2, unknown.recipients.allSatisfy({ $0.code >= 500 }) else {
            throw Self.fault("a certificate that is not approved would not be refused", unknown)
        }
        guard unknown.attempts.map(\.fingerprint) == [fingerprint, fingerprint], unknown.attempts.map(\.hasCertificate) == [true, false]
        else { throw Self.fault("an attempt would not be logged with the certificate once per connection", unknown) }

        rehearsal.macros = Self.list(fingerprint)
        let approved: Rehearsal.Outcome
        switch kind {
        case .fingerprint: approved = try scenery.play(rehearsal)
        case .directory:
            let uninstalled = try scenery.play(rehearsal)
            guard uninstalled.recipients.allSatisfy({ $0.code >= 500 }), uninstalled.attempts.isEmpty else {
                throw Self.fault("a certificate that is in the list and not in the directory would relay, or be logged", uninstalled)
            }
            let installed = try install(in: certificates)
            defer { FolderTree.remove(installed.candidate) }
            approved = try scenery.play(rehearsal, seeing: [installed])
        }
        guard approved.recipients.map(\.isPositive) == [true, true], approved.attempts.isEmpty else {
            throw Self.fault("an approved certificate would not be accepted", approved)
        }
        guard try isGuarded(scenery) else {
            throw .notInEffect("in a rehearsal a client without a certificate could relay")
        }
        // Mail for our own users is not an attempt to relay, whoever sends it.
        let local = try scenery.expansion("${if match_domain{$qualify_domain}{+local_domains}{$qualify_domain}}")
        guard !local.isEmpty else { return }
        rehearsal.recipients = ["postmaster@\(local)"]
        rehearsal.macros = Self.list("")
        let inbound = try scenery.play(rehearsal)
        guard inbound.attempts.isEmpty else { throw Self.fault("mail for \(local) would be logged as an attempt to relay", inbound) }
    }

    private static func fault(_ what: String, _ outcome: Rehearsal.Outcome) -> EximError {
        var words = outcome.recipients.map(\.words) + outcome.log
        if let failure = outcome.failure { words.append(failure) }
        if words.isEmpty { words = outcome.complaints.split(separator: "\n").map(String.init) }
        let said = words.isEmpty ? "" : "; exim said: \(Printable(words.joined(separator: " | "), limit: 600))"
        return .notInEffect("in a rehearsal \(what)\(said)")
    }

    /// A folder with our certificate and its hash link only, to be seen in place of the trust directory.
    private func install(in certificates: FilePath) throws(EximError) -> Program.Substitution {
        let files = LocalFileSystem()
        let pem = Array(stranger.certificate.pemText.utf8)
        var status = stat()
        let isFolder = stat(certificates.string, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        let candidate = scratch.appending("certificates")
        do throws(SystemError) {
            if isFolder {
                _ = try files.makeFolder(candidate)
                try files.create(candidate.appending("\(fingerprint).pem"), pem, like: nil, access: .open)
                try files.link(candidate.appending("\(stranger.certificate.subjectHash).0"), to: "\(fingerprint).pem")
            } else {
                try files.create(candidate, pem, like: nil, access: .open)
            }
        } catch { throw .cannotRun(error.description) }
        return .init(candidate: candidate, live: certificates)
    }
}
