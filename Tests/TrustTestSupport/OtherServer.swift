/// A mail server that is not the relay: a real Exim that accepts all mail, as a man in the middle would.
package struct OtherServer: Sendable {
    package let exim: PrivateExim
    private let folder: SceneFolder
    private let name: String

    package enum TLS: Sendable {
        /// STARTTLS is not offered, or was stripped on the way.
        case none
        /// With this certificate; `asks` says whether it asks the client for one.
        case with(ClientCertificate, asks: Bool)
    }

    /// Starts one on `port` of 127.0.0.1.
    package init(_ name: String, _ tls: TLS, port: Int, in folder: SceneFolder) throws {
        self.folder = folder
        self.name = name
        try folder.makeFolder(name)
        for part in ["spool", "run", "log", "mail"] { try folder.makeFolder("\(name)/\(part)", mode: 0o750, owner: .exim) }
        try folder.write("\(name)/exim.conf", Self.text(tls, port: port, folder("\(name)")))
        exim = PrivateExim(
            configuration: folder("\(name)/exim.conf"), port: port, log: folder("\(name)/log/mainlog"),
            pidFile: folder("\(name)/run/exim.pid"))
        try exim.start()
    }

    /// The mail that has arrived.
    package var inbox: String { (try? folder.read("\(name)/mail/inbox")) ?? "" }

    private static func text(_ tls: TLS, port: Int, _ folder: String) throws -> String {
        var lines = "tls_advertise_hosts =\n"
        if case .with(let certificate, let asks) = tls {
            lines = "tls_advertise_hosts = *\ntls_certificate = \(folder)/s.pem\ntls_privatekey = \(folder)/s.key\n"
            // Where Exim's user can read it.
            try File.write("\(folder)/s.pem", File.read(certificate.certificate))
            try File.write("\(folder)/s.key", File.read(certificate.key), mode: 0o640, owner: .exim)
            // With the option unset Exim uses the system's authorities, and asks for a certificate only if hosts are named here.
            if asks { lines += "tls_try_verify_hosts = *\ntls_verify_certificates = \(folder)\n" }
        }
        return """
            primary_hostname = other.example
            \(PrivateExim.ownLines(in: folder, port: port))
            \(lines)
            acl_smtp_rcpt = accept
            \(PrivateExim.inbox(in: folder))
            """
    }
}
