import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// A host that has a client's certificate, and nothing of a relay.
@Suite("trustctl doctor: a host that is only a client")
struct DoctorClientTests {
    @Test("a client's host is examined as a client: its certificate and its relays")
    func client() throws {
        try RelayScene.run { scene in
            // The other host has a trustd.conf of its own, an empty list, and an Exim that knows none.
            let other = try SceneFolder()
            defer { other.remove() }
            try other.makeFolder("ledger")
            try other.write("list", "RELAY_FROM_CERTS =\n")
            try other.write("exim.conf", "primary_hostname = laptop.example\n")
            try other.write(
                "trustd.conf",
                "list = \(other("list"))\nledger = \(other("ledger"))\nstate = \(other("state"))\nexim = \(PrivateExim.binary)\nexim_config = \(other("exim.conf"))\n"
            )
            let dir = other("client")
            let relay = "127.0.0.1:\(scene.exim.port)"
            func trustctl(_ arguments: String...) throws -> ProgramRun.Outcome {
                try ProgramRun.run(BuiltPrograms.trustctl, arguments + ["--dir", dir, "--config", other("trustd.conf")])
            }
            #expect(try trustctl("client", "new", "--name", "laptop").exitCode == 0)
            let unpinned = try trustctl("doctor", "--json")
            #expect(unpinned.exitCode == 0 && unpinned.output.contains("client-not-pinned"), "\(unpinned)")
            #expect(!unpinned.output.contains("trustctl setup"))

            let shown = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            #expect(try trustctl("client", "pin", relay, "--fingerprint", "\(shown)").exitCode == 0)
            let waiting = try trustctl("doctor", "--json")
            #expect(waiting.exitCode == 0 && waiting.output.contains("client-waiting"), "\(waiting)")
            let own = try ClientCertificate.fingerprint(of: dir + "/client.pem")
            #expect(waiting.output.contains("trustctl approve \(own)"))

            #expect(try scene.trustctl("approve", "\(own)", "--yes").exitCode == 0)
            let well = try trustctl("doctor")
            #expect(well.exitCode == 0 && well.text.isEmpty, "\(well)")

            try scene.exim.stop()
            let away = try trustctl("doctor", "--json")
            #expect(away.exitCode == 78 && away.output.contains("client-cannot-connect"), "\(away)")
        }
    }
}
