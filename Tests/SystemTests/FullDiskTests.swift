import Testing
import TrustTestSupport

/// trustctl's folder on a full or read-only disk, while a real Exim runs.
@Suite("A full or read-only disk under trustctl")
struct FullDiskTests {
    @Test("on a full disk approve is refused; on a read-only one revoke says STILL TRUSTED")
    func ledger() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            let ledger = scene.folder("ledger")
            let trustctl = "\(BuiltPrograms.trustctl)"
            let options = "\(alice.fingerprint) --yes --config \(scene.operator.settings)"
            let script = """
                mount -t tmpfs -o size=48k,mode=755 none \(ledger) && mkdir \(ledger)/denied || exit 99
                head -c 1M /dev/zero >\(ledger)/ballast 2>/dev/null
                \(trustctl) approve \(options) 2>\(scene.folder("full"))
                echo "full $?"
                cp \(scene.listPath) \(scene.folder("list-then"))
                rm \(ledger)/ballast
                \(trustctl) approve \(options) 2>&1
                echo "room $?"
                mount -o remount,ro \(ledger)
                \(trustctl) revoke \(options) 2>\(scene.folder("read-only"))
                echo "read-only $?"
                """
            let outcome = try ProgramRun.run("unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", script])
            #expect(!outcome.output.contains("full 0\n") && outcome.output.contains("room 0\n"), "\(outcome)")
            #expect(!outcome.output.contains("read-only 0\n"), "\(outcome)")
            #expect(try scene.folder.read("full").contains("No space left on device"))
            #expect(try !scene.folder.read("list-then").contains("\(alice.fingerprint)"))
            let readOnly = try scene.folder.read("read-only")
            #expect(readOnly.contains("Read-only file system") && readOnly.contains("\(alice.fingerprint) is STILL TRUSTED"), "\(readOnly)")
            #expect(try scene.reply(to: alice) == 250)
        }
    }
}
