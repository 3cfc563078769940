import TrustCore

/// A CA made by openssl(1), as somebody else keeps one.
package struct CertificateAuthority: Sendable {
    package let certificate: String
    package let key: String
    private let folder: SceneFolder
    private let name: String

    /// `subject` in the form of openssl-req(1): `/C=DE/O=Example/CN=Relay CA`.
    package init(
        _ name: String, subject: String = "/CN=example relay CA 5f1e0c9a7b3d2e84", algorithm: [String] = Self.ec,
        usage: String = "keyUsage = critical,keyCertSign,cRLSign", more: [String] = ["-days", "3650"], in folder: SceneFolder
    ) throws {
        (self.name, self.folder) = (name, folder)
        (certificate, key) = (folder("\(name).pem"), folder("\(name).key"))
        try Self.openssl(["genpkey", "-out", key, "-algorithm"] + algorithm)
        try folder.write(
            "\(name).cnf",
            "[req]\ndistinguished_name = n\nx509_extensions = v\n[n]\n[v]\nbasicConstraints = critical,CA:TRUE,pathlen:0\n\(usage)\nsubjectKeyIdentifier = hash\n"
        )
        try Self.openssl(
            ["req", "-x509", "-new", "-utf8", "-config", folder("\(name).cnf"), "-key", key, "-subj", subject, "-out", certificate] + more)
    }

    /// One that was made before.
    init(_ name: String, of folder: SceneFolder) {
        (self.name, self.folder) = (name, folder)
        (certificate, key) = (folder("\(name).pem"), folder("\(name).key"))
    }

    /// Puts its certificate where OpenSSL looks for it.
    package func install(in place: String) throws {
        let hash = try Self.openssl(["x509", "-in", certificate, "-noout", "-subject_hash"]).output.prefix { $0.isHexDigit }
        try File.write("\(place)/\(hash).0", File.read(certificate))
    }

    package static let ec = ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]

    /// Issues a leaf. With `days` 0 it has ended. `known`: for this key, which is there.
    package func issue(_ client: String, days: Int = 90, to known: String? = nil) throws -> ClientCertificate {
        let (leaf, key, request) = (folder("\(client).pem"), known ?? folder("\(client).key"), folder("\(client).csr"))
        if known == nil { try Self.openssl(["genpkey", "-out", key, "-algorithm"] + Self.ec) }
        try Self.openssl(["req", "-new", "-key", key, "-subj", "/CN=\(client.split(separator: "/").last ?? "")", "-out", request])
        try folder.write("\(client).ext", "basicConstraints = critical,CA:FALSE\nextendedKeyUsage = clientAuth\n")
        try folder.write("\(client).index", "")
        try folder.write(
            "\(client).ca.cnf",
            """
            [ca]
            default_ca = one
            [one]
            database = \(folder("\(client).index"))
            new_certs_dir = \(folder.path)
            rand_serial = yes
            default_md = sha256
            policy = any
            unique_subject = no
            [any]
            commonName = supplied

            """)
        let dates = days > 0 ? ["-days", "\(days)"] : ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
        try Self.openssl(
            [
                "ca", "-batch", "-notext", "-config", folder("\(client).ca.cnf"), "-in", request, "-out", leaf, "-cert", certificate,
                "-keyfile", self.key, "-extfile", folder("\(client).ext"),
            ] + dates)
        return try ClientCertificate(certificate: leaf, key: key)
    }

    @discardableResult
    private static func openssl(_ arguments: [String]) throws -> ProgramRun.Outcome {
        let outcome = try ProgramRun.run("openssl", arguments)
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        return outcome
    }
}
