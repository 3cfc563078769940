import TrustCore

extension ClientCertificate {
    /// A server's certificate for `host`: self-signed, or issued by `authority`; with `isAuthority` one that may issue others.
    package init(
        _ name: String, host: String, issuedBy authority: ClientCertificate? = nil, isAuthority: Bool = false, days: Int = 365,
        in folder: SceneFolder
    ) throws {
        certificate = folder("\(name).pem")
        key = folder("\(name).key")
        let made = try ProgramRun.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "\(days)", "-subj",
                "/CN=\(host)",
                "-addext", "subjectAltName=DNS:\(host)", "-addext", "basicConstraints=critical,CA:\(isAuthority ? "TRUE" : "FALSE")",
                "-keyout", key, "-out", certificate,
            ] + (authority.map { ["-CA", $0.certificate, "-CAkey", $0.key] } ?? []))
        guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        fingerprint = try Self.fingerprint(of: certificate)
    }
}
