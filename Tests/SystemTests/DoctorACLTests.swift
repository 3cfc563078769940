import Glibc
import Testing
import TrustTestSupport

/// Real faults in Exim's ACL and TLS options: found by rehearsal, and mended as proposed.
@Suite("trustctl doctor: Exim's ACL")
struct DoctorACLTests {
    private static func include(_ scene: RelayScene) -> String { ".include \(scene.folder("etc/exim/one-file/acl_fingerprints"))" }

    private static let hash = "${sha256:$tls_in_peercert}"
    private static let listed = "condition = ${if inlist{\(hash)}{RELAY_FROM_CERTS}}"
    private static let dates =
        "condition = ${if >{${certextract{notafter,int}{$tls_in_peercert}}}{$tod_epoch}}\n condition = ${if <={${certextract{notbefore,int}{$tls_in_peercert}}}{$tod_epoch}}"
    private static let guarded = "condition = ${if def:tls_in_peercert}"
    private static let phrase = "Attempt to relay from a certificate which has not been explicitly allowed:"
    private static let logs =
        "warn \(guarded)\n domains = !+local_domains\n condition = ${if !inlist{\(hash)}{RELAY_FROM_CERTS}}\n logwrite = \(phrase) \(hash) [$sender_host_address] ${base64:$tls_in_peercert}"

    @Test(
        "the doctor finds what an ACL lacks, and our include in its place mends it",
        arguments: [
            (["acl-missing", "attempts-not-logged"], ""),
            (["acl-missing"], logs),
            (["dates-not-checked"], "accept \(guarded)\n \(listed)\n\(logs)"),
            (["no-certificate-guard", "dates-not-checked"], "accept \(listed)\n\(logs)"),
            (["attempts-not-logged"], "accept \(guarded)\n \(listed)\n \(dates)"),
            (["unknown-accepted", "attempts-not-logged", "dates-not-checked"], "accept \(guarded)"),
            (
                ["ordinary-mail-logged"],
                "accept \(guarded)\n \(listed)\n \(dates)\n\(logs.replacing("domains = !+local_domains", with: "hosts = *"))"
            ),
            (
                ["acl-missing", "certificate-not-hashed", "attempts-not-logged"],
                "accept \(guarded)\n \(listed.replacing("sha256:", with: "sha2:"))\n \(dates)\n\(logs.replacing("sha256:", with: "sha2_256:"))"
            ),
            (["enrolment-by-hand"], "accept \(guarded)\n \(listed)\n \(dates)\n\(logs.replacing(" ${base64:$tls_in_peercert}", with: ""))"),
        ])
    func statements(_ ids: [String], _ acl: String) throws {
        try RelayScene.well { scene in
            let include = Self.include(scene)
            try scene.edit(include, acl)
            #expect(Set(try scene.findings().map(\.id)) == Set(ids))
            let finding = try scene.finding(ids[0])
            #expect(finding.quoted.contains(include))
            #expect(finding.mend.contains(scene.folder("exim.conf")))
            try scene.folder.write("exim.conf", scene.configuration.text(in: scene.folder, port: scene.exim.port))
            try scene.exim.reload()
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("the doctor finds rules that come after the statement that refuses relaying")
    func tooLate() throws {
        try RelayScene.well { scene in
            let include = Self.include(scene)
            try scene.edit("\(include)\n", "")
            try scene.edit("  accept\n\nbegin routers", "\(include)\n  accept\n\nbegin routers")
            let finding = try scene.finding("acl-missing")
            #expect(finding.problem.contains("550 relay not permitted"))
            #expect(finding.mend.contains("before the one that refuses relaying"))
            try scene.edit("\(include)\n", "")
            try scene.edit("  require message", "\(include)\n  require message")
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("the doctor finds a list that is defined after the ACL that uses it")
    func beforeTheList() throws {
        try RelayScene.well { scene in
            let main = try scene.mainInclude
            let list = ".include \(scene.folder("etc/relay_from_certs"))\n"
            try scene.edit(main, "tls_try_verify_hosts = *\ntls_verify_certificates = \(scene.folder("etc/certs"))")
            try scene.edit("begin routers", "\(list)begin routers")
            let finding = try scene.finding("list-not-used")
            #expect(finding.mend.contains("before `begin acl`"))
            try scene.edit("\(list)begin routers", "begin routers")
            try scene.edit("begin acl", "\(list)begin acl")
            try scene.waitUntilWell()
        }
    }

    @Test("the doctor finds an open relay")
    func openRelay() throws {
        try RelayScene.well { scene in
            try scene.edit("  require message = relay not permitted\n          domains = +local_domains : +relay_to_domains\n", "")
            let finding = try scene.finding("open-relay")
            #expect(finding.severity == "error")
            try scene.edit("  accept\n\nbegin", "  \(finding.quoted[0])\n domains = +local_domains : +relay_to_domains\n accept\n\nbegin")
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("the doctor finds an Exim that asks for no certificate, or only for an authority's")
    func asking() throws {
        var configuration = EximConfiguration()
        configuration.list = .inside
        try RelayScene.well(configuration) { scene in
            try scene.edit("tls_try_verify_hosts = *\n", "")
            let finding = try scene.finding("certificate-not-asked")
            try scene.edit("tls_advertise_hosts", "\(finding.quoted[0])\ntls_advertise_hosts")
            #expect(try scene.findings().isEmpty)

            // The same in the files alone: only the running Exim is wrong.
            try scene.edit("tls_try_verify_hosts = *\n", "")
            try scene.edit("tls_advertise_hosts", "tls_try_verify_hosts = *\ntls_advertise_hosts", reloading: false)
            let stale = try scene.finding("exim-not-reloaded")
            #expect(stale.problem.contains("does not ask clients for a certificate"))
            try scene.apply(stale)
            try scene.waitUntilWell()

            let directory = "tls_verify_certificates = \(scene.folder("etc/certs"))"
            try scene.edit(directory, "tls_verify_certificates = \(scene.folder("server.pem"))")
            let named = try scene.finding("authorities-named")
            #expect(named.quoted[0] == "\(directory)/")
            try scene.edit("tls_verify_certificates = \(scene.folder("server.pem"))", named.quoted[0])
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("the doctor reports a failed TLS handshake or rehearsal with Exim's words")
    func noSession() throws {
        try RelayScene.well { scene in
            chmod(scene.folder("server.key"), 0o600)
            let tls = try scene.finding("tls-fails")
            #expect(tls.mend.contains("tls_privatekey"))
            chmod(scene.folder("server.key"), 0o640)
            #expect(try scene.findings().isEmpty)

            try scene.edit("tls_advertise_hosts = *", "tls_advertise_hosts =")
            #expect(try scene.finding("tls-fails").quoted[0].hasPrefix("tls_advertise_hosts = *"))
            try scene.edit("tls_advertise_hosts =", "tls_advertise_hosts = *")
            #expect(try scene.findings().isEmpty)

            let nets = "192.0.2.0/24 : 198.51.100.0/24 : 203.0.113.0/24"
            try scene.edit("keep_environment", "host_reject_connection = \(nets)\nkeep_environment")
            let refused = try scene.finding("rehearsal-impossible")
            #expect(refused.problem.contains("554"))
            #expect(refused.mend.contains("192.0.2.0/24"))
            try scene.edit(nets, "198.51.100.0/24 : 203.0.113.0/24")
            #expect(try scene.findings().isEmpty)
        }
    }
}
