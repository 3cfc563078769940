import Certificates
import EximControl
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// The rehearsals by which the ACL is judged, each with a client that exists only for it.
struct Trials {
    let exim: EximProgram
    let configuration: Configuration
    /// The form in which Exim has the list.
    let form: ListForm
    /// The folder or file against which Exim verifies certificates; nil when nothing can be put in its place.
    let directory: FilePath?
    /// Domains that are probably the relay's own.
    let domains: [String]
    /// The trust list, when it is understood.
    let list: TrustListFile?
    /// Where substitutes are made. Exim's user must be able to read them.
    let scratch: FilePath
    let progress: Progress

    /// How they went; nil: not held.
    struct Results {
        /// The address from which the client seems to come.
        var client = Rehearsal.defaultClient
        /// In plain text, without a certificate.
        var plain: Rehearsal.Outcome?
        /// An unknown certificate.
        var stranger: Rehearsal.Outcome?
        /// An unknown certificate that stands in the trust directory.
        var strangerInDirectory: Rehearsal.Outcome?
        /// In the list.
        var listed: Rehearsal.Outcome?
        /// In the list and in the trust directory.
        var listedInDirectory: Rehearsal.Outcome?
        /// In the list's file itself, and where it must be in the directory, there too.
        var listedInFile: Rehearsal.Outcome?
        /// No certificate, and its digests in the list: over TLS and in plain text.
        var nobody: Rehearsal.Outcome?
        var nobodyInPlainText: Rehearsal.Outcome?
        /// An unknown certificate, and the digest that Exim computes for any certificate where the ACL hashes it with the wrong operator.
        var anybody: Rehearsal.Outcome?
        /// Listed, and installed where needed, but outside of their dates.
        var expired: Rehearsal.Outcome?
        var future: Rehearsal.Outcome?
        /// The same within its dates, but in 32 bits, to which Exim's ACLs cut them, it seems to have ended. Held where Exim verifies: a client
        /// that resumes a TLS session is not verified again, and this shows whether the ACL looks at the dates itself.
        var seeminglyEnded: Rehearsal.Outcome?
        /// Unknown, with mail for one of the relay's own domains, which it accepts from every client.
        var ordinary: Rehearsal.Outcome?
        /// Why nothing could be mounted in the trust directory's place.
        var mountRefused: String?
        /// Why Exim could not rehearse.
        var refused: String?
    }

    /// Holds a session with one Exim or another.
    typealias Holding = (Rehearsal) throws(EximError) -> Rehearsal.Outcome

    func hold() -> Results {
        var results = Results()
        do {
            let known = try Client(.now)
            let client = try choose(&results)
            let session = Rehearsal(client: client, tls: .init(identity: known.identity))
            results.stranger = try session.hold(with: exim)
            // Without TLS, or without being asked, a client shows no certificate, and the other rehearsals would tell nothing.
            guard results.stranger?.tls?.askedForCertificate == true else { return results }
            results.listed = try listing(known, session).hold(with: exim)
            if results.way == nil { try tryDirectory(known, session, &results) }

            var nobody = Rehearsal(client: client, tls: .init(identity: nil)).trusting(try override(Fingerprint.digestsOfNoCertificate))
            results.nobody = try nobody.hold(with: exim)
            nobody.tls = nil
            results.nobodyInPlainText = try nobody.hold(with: exim)
            let anybody = session.trusting(try override([Fingerprint.digestOfAnyCertificate]))
            results.anybody = try results.mountRefused == nil ? inDirectory(known, anybody, with: held) : nil
            if results.anybody?.isAccepted != true { results.anybody = try anybody.hold(with: exim) }
            if let way = results.way {
                results.expired = try outOfDate(.past, client, way)
                results.future = try outOfDate(.future, client, way)
                if way.needsInstallation { results.seeminglyEnded = try outOfDate(.past32, client, way) }
                results.listedInFile = try inFile(known, session, way)
            }
            if results.mountRefused == nil, let recipient = results.plain?.accepted(of: localRecipients) {
                let ordinary = Rehearsal(client: client, recipients: [recipient], tls: .init(identity: known.identity))
                // Where no listed client may relay, the certificate is at least verified.
                results.ordinary = try (results.way ?? .directory).hold(ordinary, of: known, in: self, with: held)
            }
        } catch { results.refused = "\(error)" }
        return results
    }

    /// A session with the Exim that runs with the live files.
    private func held(_ rehearsal: Rehearsal) throws(EximError) -> Rehearsal.Outcome { try rehearsal.hold(with: exim) }

    private var localRecipients: [String] { domains.map { "postmaster@\($0)" } }

    /// The first address from which Exim lets a client come as far as its recipients; `results.plain` is that session.
    private func choose(_ results: inout Results) throws(EximError) -> String {
        for client in Rehearsal.clients {
            let recipients = [Rehearsal.foreignRecipient] + localRecipients
            results.plain = try Rehearsal(client: client, recipients: recipients, tls: nil).hold(with: exim)
            if results.plain?.recipients.isEmpty == false {
                results.client = client
                return client
            }
        }
        return Rehearsal.defaultClient
    }

    private func tryDirectory(_ known: Client, _ session: Rehearsal, _ results: inout Results) throws(Obstacle) {
        do throws(Obstacle) {
            results.strangerInDirectory = try inDirectory(known, session, with: held)
            results.listedInDirectory = try inDirectory(known, try listing(known, session), with: held)
        } catch .exim(.mountNotPermitted(let why)) { results.mountRefused = why }
    }

    private enum Dates {
        case past, future
        /// 2^32 seconds later, so that 32 bits say `past`.
        case past32
    }

    private func outOfDate(_ dates: Dates, _ client: String, _ way: WayOfTrust) throws(Obstacle) -> Rehearsal.Outcome? {
        let now = Timestamp.now.seconds
        let moment = Timestamp(seconds: dates == .future ? now + 2 * 86_400 : now - 4 * 86_400)
        let other = try Client(moment, later: dates == .past32 ? 1 << 32 : 0)
        let session = try listing(other, Rehearsal(client: client, tls: .init(identity: other.identity)))
        return try way.hold(session, of: other, in: self, with: held)
    }

    /// `session` with `client` in the list.
    private func listing(_ client: Client, _ session: Rehearsal) throws(Obstacle) -> Rehearsal {
        session.trusting(try override([client.identity.certificate.fingerprint.description]))
    }

    private func override(_ digests: [String]) throws(Obstacle) -> ListOverride {
        do { return try form.override(digests, in: scratch) } catch { throw .system(error) }
    }

    func hold(_ rehearsal: Rehearsal, with exim: Holding) throws(Obstacle) -> Rehearsal.Outcome {
        do { return try exim(rehearsal) } catch { throw .exim(error) }
    }

    /// With a directory (or a file) that holds only this certificate in the live one's place.
    func inDirectory(_ client: Client, _ rehearsal: Rehearsal, with exim: Holding) throws(Obstacle) -> Rehearsal.Outcome? {
        guard let directory else { return nil }
        var rehearsal = rehearsal
        let certificate = client.identity.certificate
        let candidate = scratch.appending(certificate.fingerprint.description)
        do throws(SystemError) {
            let files = LocalFileSystem()
            let text = Array(certificate.pemText.utf8)
            if Self.isFolder(directory) {
                _ = try Folder.making(candidate, mode: 0o755)
                try files.create(candidate.appending("client.pem"), text, like: nil, access: .init(mode: 0o644))
                // OpenSSL looks for it by this name.
                try files.create(candidate.appending("\(certificate.subjectHash).0"), text, like: nil, access: .init(mode: 0o644))
            } else {
                try files.create(candidate, text, like: nil, access: .init(mode: 0o644))
            }
        } catch { throw .system(error) }
        rehearsal.substitutions.append(.init(candidate: candidate, live: directory))
        return try hold(rehearsal, with: exim)
    }

    /// With a list that holds only this certificate in the live one's place, and no macro on the command line: this alone shows whether the
    /// ACL uses the list that trustctl writes. Nil where nothing can be mounted.
    private func inFile(_ client: Client, _ session: Rehearsal, _ way: WayOfTrust) throws(Obstacle) -> Rehearsal.Outcome? {
        guard let list, let definition = list.definition, let bytes = list.bytes else { return nil }
        // A folder's list is the folder, and that was replaced in `listed` already.
        if case .folder = definition.form { return try way.hold(try listing(client, session), of: client, in: self, with: held) }
        let only = TrustList(items: [.init(fingerprint: client.identity.certificate.fingerprint, comments: [])])
        let candidate = scratch.appending("list")
        do { try LocalFileSystem().create(candidate, definition.file(with: only, unchanged: bytes), like: nil, access: .open) } catch {
            throw .system(error)
        }
        do throws(Obstacle) {
            let other: EximWithCandidates
            do throws(EximError) {
                other = try EximWithCandidates(
                    configuration, [.init(candidate: candidate, live: list.path.filePath)], scratch: scratch, copyingIfNeeded: false,
                    progress: progress)
            } catch { throw Obstacle.exim(error) }
            return try way.hold(session, of: client, in: self) { rehearsal throws(EximError) in try other.rehearse(rehearsal) }
        } catch .exim(.mountNotPermitted) { return nil }
    }

    static func isFolder(_ path: FilePath) -> Bool { (try? Folder(path, followingLink: true)) != nil }

    /// A throwaway client whose certificate is valid for two days, one of which is over at `moment`, and for some more seconds.
    struct Client {
        let identity: Identity

        init(_ moment: Timestamp, later seconds: Int64 = 0) throws(Obstacle) {
            do throws(OpenSSLError) {
                let key = try PrivateKey()
                var draft = CertificateDraft(.client, commonName: "trustctl doctor", days: 1, now: moment)
                draft.notBefore = Timestamp(seconds: moment.seconds - 86_400)
                draft.notAfter = Timestamp(seconds: draft.notAfter.seconds + seconds)
                identity = Identity(certificate: try draft.selfSigned(with: key), key: key)
            } catch { throw .openssl(error) }
        }
    }

    enum Obstacle: Error, CustomStringConvertible {
        case exim(EximError)
        case system(SystemError)
        case openssl(OpenSSLError)

        var description: String {
            switch self {
            case .exim(let error): error.description
            case .system(let error): error.description
            case .openssl(let error): error.description
            }
        }
    }
}

extension Rehearsal.Outcome {
    /// Whether the foreign recipient was taken.
    var isAccepted: Bool { recipients.first?.isPositive ?? false }

    /// The first of `local`, which follow the foreign recipient, that was taken.
    fileprivate func accepted(of local: [String]) -> String? {
        zip(local, recipients.dropFirst()).first { $1.isPositive }?.0
    }

    /// Exim's last word.
    var lastWord: String {
        if let failure { return failure }
        if let tlsFailure { return tlsFailure }
        return (recipients.first ?? sender ?? hello ?? greeting)?.words ?? "nothing"
    }
}
