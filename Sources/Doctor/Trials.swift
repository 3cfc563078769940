import Certificates
import EximControl
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// The rehearsals from which the ACL is judged, each with a client that exists for this one alone.
struct Trials {
    let exim: EximProgram
    /// What Exim verifies certificates against, when that is something in whose place something else can be put.
    let directory: FilePath?
    /// Domains that may be the relay's own.
    let domains: [String]
    /// The trust list, when it is understood.
    let list: TrustListFile?
    /// Where what stands in another one's place is made; Exim's user must be able to look into it.
    let scratch: FilePath

    /// What came of them; nil: not held.
    struct Results {
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
        /// Listed (and in the directory) outside of their dates.
        var expired: Rehearsal.Outcome?
        var future: Rehearsal.Outcome?
        /// Unknown, with mail for one of the relay's own domains, which is taken from anybody.
        var ordinary: Rehearsal.Outcome?
        /// Why nothing could be put into the trust directory's place.
        var mountRefused: String?
        /// Why Exim would not play.
        var refused: String?
    }

    /// The address is nobody's (RFC 5737); when a relay takes it for a forgery, there are two more.
    private static let clients = ["192.0.2.77", "198.51.100.77", "203.0.113.77"]
    private static let digestsOfNothing = Fingerprint.digestsOfNoCertificate.joined(separator: " : ")

    func hold() -> Results {
        var results = Results()
        do {
            let known = try Client(.now)
            let client = try choose(&results)
            var rehearsal = Rehearsal(client: client, tls: .init(identity: known.identity))
            results.stranger = try rehearsal.play(exim)
            // Without TLS, or without being asked, no certificate is shown, and the rest would say nothing.
            guard results.stranger?.tls?.askedForCertificate == true else { return results }
            rehearsal.macros = naming(known)
            results.listed = try rehearsal.play(exim)
            let byFingerprint = results.listed?.isAccepted == true
            if !byFingerprint { try tryDirectory(known, client, &results) }

            rehearsal = Rehearsal(
                client: client, tls: .init(identity: nil), macros: [.init(name: MacroDefinition.name, value: Self.digestsOfNothing)])
            results.nobody = try rehearsal.play(exim)
            rehearsal.tls = nil
            results.nobodyInPlainText = try rehearsal.play(exim)
            if byFingerprint || results.listedInDirectory?.isAccepted == true {
                results.expired = try outOfDate(.past, client, byFingerprint: byFingerprint)
                results.future = try outOfDate(.future, client, byFingerprint: byFingerprint)
                results.listedInFile = try inFile(known, client, byFingerprint: byFingerprint)
            }
            if results.mountRefused == nil, let recipient = results.plain?.accepted(of: localRecipients) {
                let ordinary = Rehearsal(client: client, recipients: [recipient], tls: .init(identity: known.identity))
                results.ordinary = byFingerprint ? try ordinary.play(exim) : try inDirectory(known, ordinary)
            }
        } catch { results.refused = "\(error)" }
        return results
    }

    private var localRecipients: [String] { domains.map { "postmaster@\($0)" } }

    /// The first address from which Exim talks with a client at all; `results.plain` is what it said then.
    private func choose(_ results: inout Results) throws(EximError) -> String {
        for client in Self.clients {
            results.plain = try Rehearsal(client: client, recipients: Rehearsal().recipients + localRecipients, tls: nil).play(exim)
            if results.plain?.recipients.isEmpty == false { return client }
        }
        return Self.clients[0]
    }

    private func tryDirectory(_ known: Client, _ client: String, _ results: inout Results) throws(Obstacle) {
        var rehearsal = Rehearsal(client: client, tls: .init(identity: known.identity))
        do throws(Obstacle) {
            results.strangerInDirectory = try inDirectory(known, rehearsal)
            rehearsal.macros = naming(known)
            results.listedInDirectory = try inDirectory(known, rehearsal)
        } catch .exim(.mountNotPermitted(let why)) { results.mountRefused = why }
    }

    private enum Dates { case past, future }

    private func outOfDate(_ dates: Dates, _ client: String, byFingerprint: Bool) throws(Obstacle) -> Rehearsal.Outcome? {
        let now = Timestamp.now.seconds
        let other = try Client(Timestamp(seconds: dates == .past ? now - 4 * 86_400 : now + 2 * 86_400))
        let rehearsal = Rehearsal(client: client, tls: .init(identity: other.identity), macros: naming(other))
        return byFingerprint ? try played(rehearsal) : try inDirectory(other, rehearsal)
    }

    private func naming(_ client: Client) -> [Rehearsal.Macro] {
        [.init(name: MacroDefinition.name, value: "\(client.identity.certificate.fingerprint)")]
    }

    private func played(_ rehearsal: Rehearsal) throws(Obstacle) -> Rehearsal.Outcome {
        do { return try rehearsal.play(exim) } catch { throw .exim(error) }
    }

    /// With a directory (or a file) that holds this certificate alone in the live one's place.
    private func inDirectory(_ client: Client, _ rehearsal: Rehearsal) throws(Obstacle) -> Rehearsal.Outcome? {
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
                // By this name OpenSSL looks for it.
                try files.create(candidate.appending("\(certificate.subjectHash).0"), text, like: nil, access: .init(mode: 0o644))
            } else {
                try files.create(candidate, text, like: nil, access: .init(mode: 0o644))
            }
        } catch { throw .system(error) }
        rehearsal.substitutions.append(.init(candidate: candidate, live: directory))
        return try played(rehearsal)
    }

    /// With a list that holds this certificate alone in the live one's place, and no macro on the command line: only so is seen whether the
    /// ACL takes the list from where trustctl writes it.
    private func inFile(_ client: Client, _ address: String, byFingerprint: Bool) throws(Obstacle) -> Rehearsal.Outcome? {
        guard let list, let definition = list.definition else { return nil }
        let only = TrustList(items: [.init(fingerprint: client.identity.certificate.fingerprint, comments: [])])
        let candidate = scratch.appending("list")
        do { try LocalFileSystem().create(candidate, definition.file(with: only), like: nil, access: .open) } catch { throw .system(error) }
        do throws(EximError) {
            let view = CandidateView(
                substitutions: [.init(candidate: candidate, live: list.path.filePath)], main: try exim.mainConfiguration(),
                given: exim.configuration, scratch: scratch,
                way: .mounted)
            defer { view.remove() }
            var rehearsal = Rehearsal(client: address, tls: .init(identity: client.identity))
            rehearsal.configuration = try view.prepare(running: exim.run)
            rehearsal.substitutions = [.init(candidate: candidate, live: list.path.filePath)]
            do throws(Obstacle) { return byFingerprint ? try played(rehearsal) : try inDirectory(client, rehearsal) } catch {
                guard case .exim(let cause) = error else { throw EximError.cannotRun(error.description) }
                throw cause
            }
        } catch .mountNotPermitted { return nil } catch { throw .exim(error) }
    }

    static func isFolder(_ path: FilePath) -> Bool { (try? Folder(path, followingLink: true)) != nil }

    /// A throwaway client whose certificate is valid for two days, one of which is over at `moment`.
    private struct Client {
        let identity: Identity

        init(_ moment: Timestamp) throws(Obstacle) {
            do throws(OpenSSLError) {
                let key = try PrivateKey()
                var draft = CertificateDraft(.client, commonName: "trustctl doctor", days: 1, now: moment)
                draft.notBefore = Timestamp(seconds: moment.seconds - 86_400)
                identity = Identity(certificate: try draft.selfSigned(with: key), key: key)
            } catch { throw .openssl(error) }
        }
    }

    private enum Obstacle: Error, CustomStringConvertible {
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
