package import Certificates
import Host
package import SystemPackage
package import TrustCore

/// The name of a CA as this build of Exim prints it in `${certextract{issuer}…}`. Libraries order and escape the parts of a name differently,
/// so it is not computed: Exim is asked, with a client whose certificate a CA of that name has issued that exists only for this question.
package struct IssuerName {
    private let authority: Identity
    private let leaf: Identity

    package init(of certificate: Certificate) throws(OpenSSLError) {
        authority = try Self.pretender(of: certificate)
        let key = try PrivateKey()
        leaf = Identity(
            certificate: try CertificateDraft(.client, commonName: "rehearsal", days: 1).issued(to: key, by: authority), key: key)
    }

    /// A CA with the name of `certificate`, to the byte, and a key of its own.
    package static func pretender(of certificate: Certificate) throws(OpenSSLError) -> Identity {
        let key = try PrivateKey()
        var draft = CertificateDraft(.client, commonName: "", days: 1)
        draft.isAuthority = true
        return Identity(certificate: try draft.selfSigned(with: key, named: certificate), key: key)
    }

    /// Asks the Exim of `configuration`. `scratch` is a folder of ours in which Exim's user may read.
    package func asked(of configuration: Configuration, scratch: FilePath) throws(EximError) -> QuotedText {
        let place = scratch.appending("issuer")
        let main = scratch.appending("issuer.conf")
        defer {
            FolderTree.remove(place)
            try? LocalFileSystem().remove(main)
        }
        do throws(SystemError) {
            _ = try LocalFileSystem().makeFolder(place)
            let file = place.appending("\(authority.certificate.subjectHash).0")
            try LocalFileSystem().create(file, Array(authority.certificate.pemText.utf8), like: nil, access: .open)
            try LocalFileSystem().create(main, Array(Self.text(place).utf8), like: nil, access: .open)
        } catch { throw .cannotRun(error.description) }
        var asked = configuration
        asked.eximConfiguration = main
        let outcome = try Rehearsal(tls: .init(identity: leaf)).hold(with: try EximProgram(asked, scratch: scratch))
        guard let reply = outcome.recipients.first, reply.code >= 500, let word = reply.lines.joined().split(separator: " ").last,
            let bytes = Base64.decode(Array(word.utf8)), !bytes.isEmpty
        else {
            let words = outcome.recipients.first?.words ?? outcome.tlsFailure ?? outcome.failure ?? outcome.complaints
            throw .cannotRun("exim does not tell the issuer's name: \(Printable(words, limit: 300))")
        }
        return QuotedText(bytes)
    }

    private static func text(_ folder: FilePath) -> String {
        """
        primary_hostname = rehearsal.invalid
        tls_advertise_hosts = *
        tls_try_verify_hosts = *
        tls_verify_certificates = \(folder)/
        acl_smtp_rcpt = tell
        begin acl
        tell:
          deny message = ${base64:${certextract{issuer}{$tls_in_peercert}}}

        """
    }
}
