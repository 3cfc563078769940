import TrustTestSupport

/// What a fleet's database needs so that each login comes by its certificate alone: an authority for this purpose, the server's certificate, and
/// the lines of PostgreSQL's files, as `trustctl fleet sql` prints them.
struct DatabasePapers {
    private let folder: SceneFolder

    static let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]

    /// Makes them in a folder of their own; `servers` are the names in the server's certificate.
    init(for servers: [String], in folder: SceneFolder) throws {
        self.folder = folder
        try folder.makeFolder("papers")
        try Self.openssl(
            ["req", "-x509"] + Self.curve + ["-days", "30", "-subj", "/CN=trust fleet", "-keyout", self("ca.key"), "-out", self("ca.pem")])
        try Self.openssl(["req"] + Self.curve + ["-subj", "/CN=db", "-keyout", self("server.key"), "-out", self("server.csr")])
        try folder.write("papers/server.ext", "subjectAltName=\(servers.map { "DNS:\($0)" }.joined(separator: ","))\n")
        try sign(self("server.csr"), as: self("server.pem"), ["-extfile", self("server.ext")])
        try folder.write("papers/server.key", folder.read("papers/server.key"), mode: 0o600, owner: .postgres)
    }

    func callAsFunction(_ file: String) -> String { folder("papers/\(file)") }

    static func openssl(_ words: [String]) throws { _ = try ProgramRun.run("openssl", words).done() }

    /// What somebody does where the authority's key is.
    func sign(_ request: String, as file: String, _ more: [String] = []) throws {
        try Self.openssl(
            [
                "x509", "-req", "-in", request, "-CA", self("ca.pem"), "-CAkey", self("ca.key"), "-CAcreateserial", "-days", "30", "-out",
                file,
            ]
                + more)
    }

    /// Of postgresql.conf.
    var settings: String {
        """
        ssl = on
        ssl_cert_file = '\(self("server.pem"))'
        ssl_key_file = '\(self("server.key"))'
        ssl_ca_file = '\(self("ca.pem"))'

        """
    }

    /// Of pg_hba.conf.
    static let access = "hostssl fleet +trust_relay,+trust_console all cert clientname=DN map=fleet\n"
    /// Of pg_ident.conf.
    static let mapping = #"""
        fleet "/^CN=([a-z0-9.-]+),OU=relays,O=trust fleet$" "relay_\1"
        fleet "/^CN=([a-z0-9.-]+),OU=consoles,O=trust fleet$" "console_\1"

        """#
}
