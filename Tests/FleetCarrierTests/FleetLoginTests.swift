import FleetCarrier
import Testing
import TrustTestSupport

@Suite("Who enters a fleet's database: a client certificate, and never a password")
struct FleetLoginTests {
    /// Keys and certificates, made by openssl(1) in the scene's folder.
    private struct Papers {
        let folder: SceneFolder

        func openssl(_ words: String...) throws {
            let made = try ProgramRun.run("openssl", words)
            guard made.exitCode == 0 else { throw NothingCame(description: "\(made)") }
        }

        func authority(_ name: String) throws {
            try openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=\(name)",
                "-keyout", folder("\(name).key"), "-out", folder("\(name).pem"))
        }

        func leaf(_ name: String, subject: String, of authority: String, extra: [String] = []) throws {
            try openssl(
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout",
                folder("\(name).key"), "-out", folder("\(name).csr"))
            try folder.write("\(name).ext", (["basicConstraints=critical,CA:FALSE"] + extra).joined(separator: "\n") + "\n")
            try openssl(
                "x509", "-req", "-in", folder("\(name).csr"), "-CA", folder("\(authority).pem"), "-CAkey", folder("\(authority).key"),
                "-CAcreateserial", "-days", "30", "-extfile", folder("\(name).ext"), "-out", folder("\(name).pem"))
        }
    }

    @Test("each certificate is its own login; without one, or with a stranger's, nobody enters") func certificates() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let papers = Papers(folder: folder)
        let organization = DatabaseLogin.organization
        try papers.authority("ca")
        try papers.authority("stranger")
        try papers.leaf("server", subject: "/CN=localhost", of: "ca", extra: ["subjectAltName=DNS:localhost"])
        try papers.leaf("mx1", subject: "/O=\(organization)/OU=relays/CN=mx1.example.org", of: "ca")
        try papers.leaf("alice", subject: "/O=\(organization)/OU=consoles/CN=alice", of: "ca")
        try papers.leaf("forged", subject: "/O=\(organization)/OU=relays/CN=mx1.example.org", of: "stranger")
        // A relay that calls itself as a console is called, and one whose name holds another one's subject.
        try papers.leaf("liar", subject: "/O=\(organization)/OU=relays/CN=alice", of: "ca")
        try papers.leaf("long", subject: "/O=\(organization)/OU=relays/CN=mx1.example.org,OU=relays,O=\(organization)", of: "ca")
        try folder.write("server.key", folder.read("server.key"), mode: 0o600, owner: .postgres)
        let port = try LoopbackPort.free()
        try FleetDatabaseScene.run(
            port: port,
            settings: """
                ssl = on
                ssl_min_protocol_version = 'TLSv1.3'
                ssl_cert_file = '\(folder("server.pem"))'
                ssl_key_file = '\(folder("server.key"))'
                ssl_ca_file = '\(folder("ca.pem"))'
                """,
            access: "hostssl fleet +trust_relay,+trust_console all cert clientname=DN map=fleet\n",
            mapping: DatabaseLogin.Kind.allCases.map { DatabaseLogin.mapping($0) + "\n" }.joined(), in: folder
        ) { database in
            #expect(try database.server.must("SELECT count(*) FROM pg_ident_file_mappings WHERE error IS NULL") == "2\n")
            func enter(_ paper: String?, as short: String, options: String = "") throws -> ProgramRun.Outcome {
                let shown = paper.map { "sslcert=\(folder("\($0).pem")) sslkey=\(folder("\($0).key"))" } ?? "sslcert=/none sslkey=/none"
                return try database.server.psql(
                    "SELECT session_user, trust.me()",
                    at: "host=localhost port=\(port) dbname=fleet user=\(database.role(short)) sslmode=verify-full "
                        + "sslrootcert=\(folder("ca.pem")) \(shown) \(options)")
            }
            #expect(try enter("mx1", as: "mx1").output == "relay_mx1.example.org|mx1.example.org\n")
            #expect(try enter("alice", as: "alice").output == "console_alice|\n")
            for (paper, short) in [
                ("mx1", "mx2"), ("mx1", "alice"), ("mx1", "postgres"), ("alice", "mx1"), ("forged", "mx1"), ("liar", "alice"),
                ("long", "mx1"),
                (nil, "mx1"), (nil, "postgres"),
            ] {
                let tried = try enter(paper, as: short)
                #expect(tried.exitCode == 2 && tried.output.isEmpty, "\(paper ?? "nothing") as \(short): \(tried)")
            }
            let plain = try enter("mx1", as: "mx1", options: "sslmode=disable")
            #expect(plain.exitCode == 2, "\(plain)")
            #expect(try database.server.must("SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL") == "0\n")
        }
    }
}
