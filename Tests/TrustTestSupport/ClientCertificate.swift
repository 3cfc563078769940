package import TrustCore

/// A client's certificate with its key, made by openssl(1).
package struct ClientCertificate: Sendable {
    package let certificate: String
    package let key: String
    package let fingerprint: Fingerprint

    /// How the certificate differs from a careful person's: EC P-256, self-signed, CA:FALSE, valid now.
    package enum Kind: Sendable {
        case leaf
        /// What `openssl req -x509` makes by default.
        case authority
        case expired
        case notYetValid
        /// Valid for ten more days.
        case expiring
        case weakKey
        /// With an RSA key of the usual size.
        case rsa
        /// Ends in a hundred years: `openssl req -days 36500`.
        case late
        /// Was never valid.
        case reversed
        /// For a TLS server only.
        case serverOnly
        /// With an extension that no program knows, and that says that it must be known.
        case criticalExtension
        /// Its key may not sign.
        case noSignature
        /// A leaf too long for a line of Exim's log.
        case long
    }

    /// Makes `<name>.pem` and `<name>.key` in `folder`; uses the key of `other` if given.
    package init(_ name: String, _ kind: Kind = .leaf, in folder: SceneFolder, keyOf other: ClientCertificate? = nil) throws {
        let key = other?.key ?? folder("\(name).key")
        if other == nil {
            let algorithm =
                switch kind {
                case .weakKey: ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"]
                case .rsa: ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
                default: ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
                }
            try Self.openssl(["genpkey", "-out", key, "-algorithm"] + algorithm)
        }
        let signing: [String]
        switch kind {
        case .expired: signing = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"]
        case .notYetValid: signing = ["-startdate", "20400101000000Z", "-enddate", "20410101000000Z"]
        case .expiring: signing = ["-days", "10"]
        case .late: signing = ["-days", "36500"]
        case .reversed: signing = ["-startdate", "20250601000000Z", "-enddate", "20250101000000Z"]
        case .leaf, .authority, .weakKey, .rsa, .long, .serverOnly, .criticalExtension, .noSignature: signing = ["-days", "365"]
        }
        try self.init(
            name, isAuthority: kind == .authority, comment: kind == .long ? 9_000 : 0,
            usage: kind == .serverOnly ? "serverAuth" : "clientAuth",
            more: kind == .criticalExtension
                ? "1.2.3.4 = critical,DER:0500" : kind == .noSignature ? "keyUsage = critical,keyEncipherment" : "",
            in: folder, key: key, signing: signing + ["-selfsign", "-keyfile", key])
    }

    /// One that somebody else has made.
    package init(certificate: String, key: String) throws {
        (self.certificate, self.key) = (certificate, key)
        fingerprint = try Self.fingerprint(of: certificate)
    }

    /// Makes a self-signed leaf with these dates, in the form of GeneralizedTime, for this extended use of its key.
    package init(
        _ name: String, startingIn start: String, endingIn end: String, usage: String = "clientAuth", in folder: SceneFolder
    ) throws {
        let key = folder("\(name).key")
        try Self.openssl(["genpkey", "-out", key, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        try self.init(
            name, isAuthority: false, comment: 0, usage: usage, in: folder, key: key,
            signing: ["-startdate", start, "-enddate", end, "-selfsign", "-keyfile", key])
    }

    /// Makes a self-signed leaf with one more extension, as openssl.cnf(5) writes it.
    package init(_ name: String, saying extension: String, in folder: SceneFolder) throws {
        let key = folder("\(name).key")
        try Self.openssl(["genpkey", "-out", key, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        try self.init(
            name, isAuthority: false, comment: 0, more: `extension`, in: folder, key: key,
            signing: ["-days", "365", "-selfsign", "-keyfile", key])
    }

    /// Makes a leaf signed by `authority`.
    package init(_ name: String, signedBy authority: ClientCertificate, in folder: SceneFolder) throws {
        let key = folder("\(name).key")
        try Self.openssl(["genpkey", "-out", key, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        try self.init(
            name, isAuthority: false, comment: 0, in: folder, key: key,
            signing: ["-days", "365", "-cert", authority.certificate, "-keyfile", authority.key])
    }

    /// openssl-ca(1) is the only command that sets both dates in OpenSSL 3.0 too.
    private init(
        _ name: String, isAuthority: Bool, comment: Int, usage: String = "clientAuth", more: String = "", in folder: SceneFolder,
        key: String, signing: [String]
    ) throws {
        let work = folder("\(name).ca")
        try folder.makeFolder("\(name).ca", mode: 0o700)
        try File.write("\(work)/index.txt", "")
        try File.write(
            "\(work)/openssl.cnf",
            """
            [ca]
            default_ca = one
            [one]
            database = \(work)/index.txt
            new_certs_dir = \(work)
            rand_serial = yes
            default_md = sha256
            policy = any
            x509_extensions = client
            unique_subject = no
            [any]
            commonName = supplied
            [client]
            basicConstraints = critical,CA:\(isAuthority ? "TRUE" : "FALSE")
            extendedKeyUsage = \(usage)
            \(more)
            \(comment > 0 ? "nsComment = \"" + String(repeating: "x", count: comment) + "\"" : "subjectKeyIdentifier = hash")
            [req]
            distinguished_name = name
            [name]

            """)
        try Self.openssl([
            "req", "-new", "-config", "\(work)/openssl.cnf", "-key", key, "-subj", "/CN=\(name.split(separator: "/").last ?? "")", "-out",
            "\(work)/request",
        ])
        let certificate = folder("\(name).pem")
        try Self.openssl(
            ["ca", "-batch", "-notext", "-config", "\(work)/openssl.cnf", "-in", "\(work)/request", "-out", certificate] + signing)
        self.certificate = certificate
        self.key = key
        fingerprint = try Self.fingerprint(of: certificate)
    }

    /// Makes a leaf whose subject is this text, of up to 32,768 characters.
    package init(_ name: String, subject: String, in folder: SceneFolder) throws {
        let key = folder("\(name).key")
        let (certificate, authority, request) = (folder("\(name).pem"), folder("\(name).issuer"), folder("\(name).request"))
        try Self.openssl(["genpkey", "-out", key, "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        try Self.openssl(["req", "-x509", "-new", "-key", key, "-subj", "/CN=issuer", "-days", "365", "-out", authority])
        try folder.write(
            "\(name).cnf",
            "[req]\ndistinguished_name = n\nprompt = no\nstring_mask = utf8only\n[n]\nname = \(subject.replacing("$", with: "\\$"))\n")
        try Self.openssl(["req", "-new", "-utf8", "-config", folder("\(name).cnf"), "-key", key, "-out", request])
        try Self.openssl(["x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-days", "365", "-out", certificate])
        self.certificate = certificate
        self.key = key
        fingerprint = try Self.fingerprint(of: certificate)
    }

    /// The fingerprint of a certificate file by openssl(1).
    package static func fingerprint(of file: String) throws -> Fingerprint {
        try Fingerprint(openssl(["x509", "-in", file, "-noout", "-fingerprint", "-sha256"]).output.split(separator: "\n").last ?? "")
    }

    @discardableResult
    private static func openssl(_ arguments: [String]) throws -> ProgramRun.Outcome {
        let outcome = try ProgramRun.run("openssl", arguments)
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        return outcome
    }
}
