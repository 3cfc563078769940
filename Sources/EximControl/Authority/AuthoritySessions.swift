package import Certificates
import Host
package import SystemPackage
import TrustCore

/// Rehearsed sessions of a CA's client, and of those who must not pass for one. The CA in them exists only for this: it has the real one's
/// name, and stands in the real one's place.
package struct AuthoritySessions {
    /// Who comes. All but the first are attacks, and must be refused.
    package enum Visitor: CaseIterable {
        case client
        /// With the certificate of another CA, which Exim verifies too, as an Exim with OpenSSL does with all CAs of the system.
        case strangersClient
        /// With that of another CA of the same name, whose own certificate is sent along.
        case namesakesClient
        /// With one that a client has signed as if it were a CA, and has sent along.
        case clientsClient
        case ended
        /// With the CA's own certificate. An Exim with GnuTLS ends TLS then, and answers no recipient.
        case authority
        case withoutCertificate
        case withoutTLS
        case revoked
    }

    private let folder: FilePath
    private let revoked: FilePath
    private let scratch: FilePath
    private let ours: Identity
    private let namesake: Identity
    private let stranger: Identity
    /// A certificate of `ours`.
    private let client: Identity

    /// For the CA whose name `certificate` has, in Exim's folder `folder`, with its revoked clients in `revoked`. `scratch` is a folder of
    /// ours in which Exim's user may read.
    package init(
        named certificate: Certificate, folder: FilePath, revoked: FilePath, scratch: FilePath
    ) throws(EximError) {
        (self.folder, self.revoked, self.scratch) = (folder, revoked, scratch)
        do throws(OpenSSLError) {
            ours = try IssuerName.pretender(of: certificate)
            namesake = try IssuerName.pretender(of: certificate)
            let key = try PrivateKey()
            var draft = CertificateDraft(.client, commonName: "trustctl: another CA", days: 1)
            draft.isAuthority = true
            stranger = Identity(certificate: try draft.selfSigned(with: key), key: key)
            client = try Self.leaf(of: ours)
        } catch { throw .cannotRun(error.description) }
    }

    /// Holds the session `base`, in which Exim sees our folders, as `visitor`.
    package func hold(
        _ visitor: Visitor, in base: Rehearsal, with exim: (Rehearsal) throws(EximError) -> Rehearsal.Outcome
    ) throws(EximError) -> Rehearsal.Outcome {
        var rehearsal = base
        let identity: Identity?
        do throws(OpenSSLError) { identity = try self.identity(of: visitor) } catch { throw .cannotRun(error.description) }
        rehearsal.tls = visitor == .withoutTLS ? nil : .init(identity: identity)
        let anchors = [ours.certificate, stranger.certificate].map { ("\($0.subjectHash).0", $0.pemText) }
        rehearsal.substitutions.append(.init(candidate: try make("anchors", anchors), live: folder))
        if visitor == .revoked {
            let name = client.certificate.fingerprint.description
            rehearsal.substitutions.append(.init(candidate: try make("revoked", [(name, "")]), live: revoked))
        }
        return try exim(rehearsal)
    }

    private func identity(of visitor: Visitor) throws(OpenSSLError) -> Identity? {
        switch visitor {
        case .client, .revoked: client
        case .strangersClient: try Self.leaf(of: stranger)
        case .namesakesClient: try Self.leaf(of: namesake, sending: [namesake.certificate])
        case .clientsClient: try Self.leaf(of: client, sending: [client.certificate])
        case .ended: try Self.leaf(of: ours, at: Timestamp(seconds: Timestamp.now.seconds - 4 * 86_400))
        case .authority: ours
        case .withoutCertificate, .withoutTLS: nil
        }
    }

    private static func leaf(
        of issuer: Identity, at now: Timestamp = .now, sending chain: [Certificate] = []
    ) throws(OpenSSLError) -> Identity {
        let key = try PrivateKey()
        let certificate = try CertificateDraft(.client, commonName: "trustctl", days: 1, now: now).issued(to: key, by: issuer)
        return Identity(certificate: certificate, key: key, chain: chain)
    }

    /// A folder of these files, to be seen in the place of a live one.
    private func make(_ name: String, _ content: [(name: String, text: String)]) throws(EximError) -> FilePath {
        let candidate = scratch.appending("authority.\(name)")
        do throws(SystemError) {
            _ = try LocalFileSystem().makeFolder(candidate)
            for (name, text) in content {
                try LocalFileSystem().create(candidate.appending(name), Array(text.utf8), like: nil, access: .open)
            }
        } catch { throw .cannotRun(error.description) }
        return candidate
    }
}

extension AuthoritySessions.Visitor {
    /// As the subject or the object of a sentence.
    package var words: String {
        switch self {
        case .client: "a client of the CA"
        case .strangersClient: "a client of another CA that exim verifies"
        case .namesakesClient: "a client of another CA with the same name"
        case .clientsClient: "one whose certificate a client of the CA has signed"
        case .ended: "a client of the CA whose certificate has ended"
        case .authority: "the CA with its own certificate"
        case .withoutCertificate: "a client without a certificate"
        case .withoutTLS: "a client without TLS"
        case .revoked: "a revoked client of the CA"
        }
    }

    /// Whether the session ended as it must.
    package func isRight(_ outcome: Rehearsal.Outcome, recipients: Int) -> Bool {
        let answers = outcome.recipients
        switch self {
        case .client: return answers.count == recipients && answers.allSatisfy(\.isPositive) && outcome.attempts.isEmpty
        case .authority: return answers.allSatisfy { $0.code >= 500 }
        default: return answers.count == recipients && answers.allSatisfy { $0.code >= 500 }
        }
    }
}
