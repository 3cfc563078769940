import Glibc
import Testing
import TrustTestSupport

/// Owners, modes and missing folders; each is mended by the command that is proposed.
@Suite("trustctl doctor: owners and modes")
struct DoctorDiskTests {
    @Test(
        "whatever others could write, or those who need it cannot read, is found and mended",
        arguments: [
            ("etc/trustd.conf", 0o666), ("etc/trustd.conf", 0o600), ("etc/relay_from_certs", 0o664), ("etc/certs", 0o777),
            ("etc/certs", 0o700), ("state", 0o777), ("state/pending", 0o755), ("state/pending", 0o777), ("state/position", 0o770),
            ("ledger", 0o775), ("ledger/denied", 0o700), ("ledger/lock", 0o644), ("ledger/ledger", 0o644),
            ("etc/exim/one-file/acl_fingerprints", 0o666), ("exim.conf", 0o664), ("etc", 0o777),
        ])
    func modes(name: String, mode: Int) throws {
        try RelayScene.well { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            #expect(try scene.findings().isEmpty)
            chmod(scene.folder(name), mode_t(mode))
            // Exim itself refuses a main configuration that others may write.
            let finding = try scene.finding(name == "exim.conf" ? "exim-configuration-refused" : "owner-or-mode")
            #expect(finding.problem.contains(scene.folder(name)))
            if name == "exim.conf" { chmod(scene.folder(name), 0o644) } else { try scene.apply(finding) }
            let after = try scene.findings()
            #expect(after.isEmpty, "\(after)")
        }
    }

    @Test(
        "another owner is found and mended",
        arguments: ["etc/trustd.conf", "etc/relay_from_certs", "state/pending", "ledger/ledger", "ledger", "etc/certs"])
    func owners(name: String) throws {
        try RelayScene.well { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            let owner = name == "state/pending" ? Owner.root : Owner.daemon
            chown(scene.folder(name), owner.uid, gid_t.max)
            let finding = try scene.finding("owner-or-mode")
            #expect(finding.severity == "error")
            #expect(finding.problem.contains(scene.folder(name)))
            try scene.apply(finding)
            let after = try scene.findings()
            #expect(after.isEmpty, "\(after)")
        }
    }

    @Test("a trust directory that is missing is made again by the command that is proposed")
    func missing() throws {
        try RelayScene.well { scene in
            rmdir(scene.folder("etc/certs"))
            let finding = try scene.finding("missing")
            try scene.apply(finding)
            let after = try scene.findings()
            #expect(after.isEmpty, "\(after)")
        }
    }
}
