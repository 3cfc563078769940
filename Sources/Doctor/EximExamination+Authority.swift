import Certificates
import EximControl
import Glibc
import Host
import SystemPackage
import TrustCore

/// Trust by a CA.
extension EximExamination {
    /// Empty where trust is not by a CA. `results` are those of other rehearsals: only where clients get as far can these be judged.
    func authority(_ results: Trials.Results) -> [Finding] {
        guard answers[WayOfTrust.macroName].flatMap(WayOfTrust.init) == .authority else { return [] }
        let folder = AuthorityFolder(configuration)
        let certificates = folder.certificates
        let revoked = RevokedFolder(configuration)
        let issued = ResolvedPath(orAsWritten: configuration.issued).filePath
        let canHold = results.stranger?.tls?.askedForCertificate == true && results.stranger?.recipients.isEmpty == false
        let missing = [revoked.path, issued].filter { !Trials.isFolder($0) }
        return AuthorityFindings(
            folder: folder.path, certificates: certificates, name: answers[WayOfTrust.authorityName],
            printed: certificates.first.flatMap { certificate in
                (try? IssuerName(of: certificate)).flatMap { try? $0.asked(of: configuration, scratch: scratch) }
            },
            wrong: canHold ? folder.authority.map { wrongSessions($0, folder.path, revoked, results.client) } ?? [:] : [:],
            revoked: revoked.path, issued: issued, missing: Set(missing),
            revokedPlace: answers[WayOfTrust.revokedName].map { ResolvedPath(orAsWritten: FilePath($0)).filePath },
            shared: folder.authority.flatMap(sharedPlace), openKeys: folder.keys.filter(Self.isOpen), now: .now
        ).findings
    }

    /// Exim's last word in the sessions that did not end as they must; nil where they cannot be held.
    private func wrongSessions(
        _ authority: Certificate, _ folder: FilePath, _ revoked: RevokedFolder, _ client: String
    ) -> [AuthoritySessions.Visitor: String]? {
        guard canMount(over: folder),
            let sessions = try? AuthoritySessions(named: authority, folder: folder, revoked: revoked.path, scratch: scratch)
        else { return nil }
        var wrong: [AuthoritySessions.Visitor: String] = [:]
        for visitor in AuthoritySessions.Visitor.allCases where visitor != .revoked || revoked.isThere {
            let outcome = try? sessions.hold(visitor, in: Rehearsal(client: client)) { rehearsal throws(EximError) in
                try rehearsal.hold(with: exim)
            }
            guard let outcome else { return nil }
            if !visitor.isRight(outcome, recipients: 1) { wrong[visitor] = outcome.lastWord }
        }
        return wrong
    }

    /// The folder of the system's CAs in which this one stands too.
    private func sharedPlace(_ authority: Certificate) -> FilePath? {
        TrustDirectory.systemAuthorities.first { place in
            guard let folder = try? HashedFolder(place) else { return false }
            return folder.files(authority.subjectHash).contains { Certificate.all(inPEM: $0).contains(authority) }
        }
    }

    private static func isOpen(_ path: FilePath) -> Bool {
        var status = stat()
        return stat(path.string, &status) == 0 && status.st_mode & 0o077 != 0
    }
}
