import ArgumentParser
import Certificates
import Client
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct ClientNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Makes the client's key and certificate.",
        discussion: "Never overwrites an existing one. Prints the fingerprint as the relay's operator sees it.")

    @Option(
        help: ArgumentHelp("Prove that you have this code of an invitation; - reads it from standard input.", valueName: "code"))
    var invite: String?
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let folder = try client.folder()
        try folder.identities.checkIsEmpty()
        let code = try invite.map { text throws(Failure) in
            try text == "-" ? InvitationCodeArgument.read(text) : InvitationCodeArgument.given(text)
        }
        let reader = KeyReader(try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress).configuration)
        let (key, certificate) = try identity.make(name: identity.name, invitedBy: code)
        try folder.identities.add(key, certificate, for: reader)
        Terminal.show(
            ClientReport().made(certificate, key: folder.identities.key, certificate: folder.identities.certificate), json: common.json)
        identity.tellIfCut(certificate)
    }
}

/// What a certificate is to be like.
struct IdentityOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A host name, a mail address or an IP address; by default this host's name.", valueName: "name"))
    var name: String?

    @Option(help: ArgumentHelp("How many days it is valid.", valueName: "days"))
    var days = 730

    @Option(help: "The type of its key.")
    var key = PrivateKey.Kind.ec

    func validate() throws {
        guard (1...36_500).contains(days) else { throw ValidationError("--days takes 1 to 36500") }
        if let name, Self.alternative(name) == nil || name.utf8.count > 64 {
            throw ValidationError("--name takes a host name, a mail address or an IP address of at most 64 bytes")
        }
    }

    /// A key in PEM form, and its certificate; with `old`, that key's. With `code` it proves that its owner was invited, with `predecessor`
    /// that it follows that one.
    func make(
        name: String?, key old: PrivateKey? = nil, invitedBy code: InvitationCode? = nil, signedBy predecessor: Identity? = nil
    ) throws(Failure) -> ([UInt8], Certificate) {
        let name = name ?? Self.hostName
        do throws(OpenSSLError) {
            let key: PrivateKey
            if let old { key = old } else { key = try PrivateKey(self.key) }
            var draft = CertificateDraft(
                .client, commonName: name, alternativeNames: Self.alternative(name).map { [$0] } ?? [], days: days)
            if let code { draft.alternativeNames.append(.uri(try code.key.claim(for: key).uri)) }
            if let predecessor { draft.alternativeNames.append(.uri(try Succession(from: predecessor, to: key).uri)) }
            return (try key.pem(), try draft.selfSigned(with: key))
        } catch { throw Failure(error.description, .notSound) }
    }

    /// Says so when the certificate ends before the days that were asked for.
    func tellIfCut(_ certificate: Certificate) {
        guard certificate.notAfter.seconds == Certificate.lastCountedSecond else { return }
        Terminal.note("note: it ends at \(certificate.notAfter), not after \(days) days: an exim counts no later date")
    }

    /// The name as a certificate's alternative name; nil when it is none.
    private static func alternative(_ name: String) -> CertificateDraft.AlternativeName? {
        if let address = Address(name) { return .address(address) }
        let parts = name.split(separator: "@", omittingEmptySubsequences: false)
        if parts.count == 2, RelayName.isName(parts[1]), !parts[0].isEmpty, parts[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            return .email(name)
        }
        return RelayName.isName(name) ? .dns(name) : nil
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&buffer, 255) == 0
        let name = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return isKnown && RelayName.isName(name) && name.utf8.count <= 64 ? name : "client"
    }
}

extension PrivateKey.Kind: ExpressibleByArgument {}
