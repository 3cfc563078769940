import Certificates
import EximControl
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// Rehearses sessions with Exim, as clients whose certificate was made only for this.
struct RelayTrial {
    let stranger: Identity
    private let scratch: FilePath
    /// The form in which Exim has the list.
    private let form: ListForm
    /// The digest that Exim computes for a client without a certificate. With it in the list, an ACL without its guard is open to everybody.
    private static let poison = Fingerprint.digestOfUnsetVariable

    init(scratch: FilePath, form: ListForm) throws(EximError) {
        self.scratch = scratch
        self.form = form
        do throws(OpenSSLError) {
            let key = try PrivateKey()
            stranger = Identity(
                certificate: try CertificateDraft(.client, commonName: "trustctl setup", days: 1).selfSigned(with: key), key: key)
        } catch { throw .cannotRun(error.description) }
    }

    private var fingerprint: Fingerprint { stranger.certificate.fingerprint }

    /// A list of these alone.
    func list(_ digests: String...) throws(EximError) -> ListOverride {
        do { return try form.override(digests, in: scratch) } catch { throw .cannotRun(error.description) }
    }

    /// What a configuration that somebody else wrote does already. `certificates` is its trust directory, if it has one.
    func practice(_ exim: EximWithCandidates, certificates: FilePath?) throws(EximError) -> SetupFacts.Practice {
        // A certificate that is installed nowhere, so that nothing verifies it.
        let unverified = try look(exim, seeing: [])
        var last = unverified
        for way in WayOfTrust.allCases {
            guard let installed = try way.installed(by: self, in: certificates) else {
                return .broken("a client's certificate is not logged, or not trusted when it is in the list\(unverified.said)")
            }
            defer { for one in installed { FolderTree.remove(one.candidate) } }
            let seen = installed.isEmpty ? unverified : try look(exim, seeing: installed)
            last = seen
            if seen.isLogged, seen.isAccepted { return try guarded(exim, .works(way, logsStrangers: unverified.isLogged)) }
        }
        let place = certificates.map { " is in \($0)" } ?? ""
        return .broken("a client whose certificate\(place) is not logged, or not trusted when it is in the list\(last.said)")
    }

    /// What a rehearsal showed: whether our client is refused and logged when the list is empty, and accepted when it holds its certificate.
    private struct Look {
        let isLogged: Bool
        let isAccepted: Bool
        /// Exim's own words, behind a semicolon.
        let said: String
    }

    private func look(_ exim: EximWithCandidates, seeing more: [Program.Substitution]) throws(EximError) -> Look {
        let rehearsal = Rehearsal(tls: .init(identity: stranger))
        let refused = try exim.rehearse(rehearsal.trusting(try list()), seeing: more)
        let isLogged = refused.attempts.map(\.fingerprint) == [fingerprint] && refused.recipients.first?.isPositive == false
        let accepted = rehearsal.trusting(try list(fingerprint.description))
        let outcome = try exim.rehearse(accepted, seeing: more)
        return Look(
            isLogged: isLogged, isAccepted: outcome.recipients.first?.isPositive == true, said: Self.said(isLogged ? outcome : refused))
    }

    private func guarded(_ exim: EximWithCandidates, _ practice: SetupFacts.Practice) throws(EximError) -> SetupFacts.Practice {
        try isGuarded(exim)
            ? practice : .broken("a client without a certificate may relay as soon as the digest of no certificate is in the list")
    }

    private func isGuarded(_ exim: EximWithCandidates) throws(EximError) -> Bool {
        for tls in [Rehearsal.TLS(identity: nil), nil] {
            let rehearsal = Rehearsal(tls: tls).trusting(try list(Self.poison))
            if try exim.rehearse(rehearsal).recipients.first?.isPositive == true { return false }
        }
        return true
    }

    /// Checks what setup is about to make live. Throws `notInEffect` when it does not do what it should.
    func judge(_ exim: EximWithCandidates, _ kind: WayOfTrust, certificates: FilePath) throws(EximError) {
        var rehearsal = Rehearsal(recipients: ["a@rehearsal.invalid", "b@rehearsal.invalid"], tls: .init(identity: stranger))
        rehearsal = rehearsal.trusting(try list())
        let unknown = try exim.rehearse(rehearsal)
        if let failure = unknown.tlsFailure { throw Self.fault("TLS fails: \(failure)", unknown) }
        guard unknown.tls?.askedForCertificate == true else { throw Self.fault("exim would not ask a client for its certificate", unknown) }
        guard unknown.recipients.count == 2, unknown.recipients.allSatisfy({ $0.code >= 500 }) else {
            throw Self.fault("a certificate that is not approved would not be refused", unknown)
        }
        guard unknown.attempts.map(\.fingerprint) == [fingerprint, fingerprint], unknown.attempts.map(\.hasCertificate) == [true, false]
        else { throw Self.fault("an attempt would not be logged with the certificate once per connection", unknown) }

        let approved = try kind.approved(
            by: self, rehearsal.trusting(try list(fingerprint.description)), exim, certificates: certificates)
        guard approved.recipients.map(\.isPositive) == [true, true], approved.attempts.isEmpty else {
            throw Self.fault("an approved certificate would not be accepted", approved)
        }
        guard try isGuarded(exim) else {
            throw .notInEffect("in a rehearsal a client without a certificate could relay")
        }
        // Mail for our own users is not an attempt to relay, whoever sends it.
        let local = try exim.expansion("${if match_domain{$qualify_domain}{+local_domains}{$qualify_domain}}")
        guard !local.isEmpty else { return }
        rehearsal.recipients = ["postmaster@\(local)"]
        rehearsal = rehearsal.trusting(try list())
        let inbound = try exim.rehearse(rehearsal)
        guard inbound.attempts.isEmpty else { throw Self.fault("mail for \(local) would be logged as an attempt to relay", inbound) }
    }

    static func fault(_ what: String, _ outcome: Rehearsal.Outcome) -> EximError {
        .notInEffect("in a rehearsal \(what)\(said(outcome))")
    }

    private static func said(_ outcome: Rehearsal.Outcome) -> String {
        var words = outcome.recipients.map(\.words) + outcome.log
        if let failure = outcome.failure { words.append(failure) }
        if words.isEmpty { words = outcome.complaints.split(separator: "\n").map(String.init) }
        return words.isEmpty ? "" : "; exim said: \(Printable(words.joined(separator: " | "), limit: 600))"
    }

    /// A folder with our certificate alone, hash link included, to be seen in the place of the trust directory.
    func install(in certificates: FilePath) throws(EximError) -> Program.Substitution {
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
