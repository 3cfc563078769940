import Glibc
import Testing
import TrustTestSupport

/// Owners, modes and missing folders; the proposed command mends each.
@Suite("trustctl doctor: owners and modes")
struct DoctorDiskTests {
    @Test("the doctor finds and mends modes that are too open or too closed, and wrong owners")
    func each() throws {
        let modes: [(String, mode_t)] = [
            ("etc/trustd.conf", 0o666), ("etc/relay_from_certs", 0o664), ("etc/certs", 0o700), ("state", 0o777), ("state/pending", 0o755),
            ("state/position", 0o770), ("ledger/denied", 0o700), ("ledger/lock", 0o644), ("ledger/ledger", 0o644),
            ("etc/exim/one-file/acl_fingerprints", 0o666), ("exim.conf", 0o664), ("etc", 0o777),
        ]
        try RelayScene.well { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            try scene.waitUntilWell()
            for (name, mode) in modes {
                chmod(scene.folder(name), mode)
                try Self.mend(name, in: scene)
            }
            for (name, mode) in [("etc/relay_from_certs", 0o444), ("etc/relay_from_certs", 0o440), ("ledger/ledger", 0o600)]
                as [(String, mode_t)]
            {
                chmod(scene.folder(name), mode)
                let after = try scene.findings()
                #expect(after.isEmpty, "\(name): \(after)")
            }
            chmod(scene.folder("ledger/ledger"), 0o640)
            for name in ["etc/relay_from_certs", "state/pending", "ledger/ledger", "etc/certs"] {
                let owner = name == "state/pending" ? Owner.root : Owner.daemon
                chown(scene.folder(name), owner.uid, gid_t.max)
                #expect(try Self.mend(name, in: scene).severity == "error")
            }
        }
    }

    @discardableResult
    private static func mend(_ name: String, in scene: RelayScene) throws -> DoctorFinding {
        let finding = try scene.finding("owner-or-mode")
        #expect(finding.problem.contains(scene.folder(name)))
        try scene.apply(finding)
        let after = try scene.findings()
        #expect(after.isEmpty, "\(name): \(after)")
        return finding
    }

    @Test("the proposed command makes a missing trust directory again")
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
