import Testing
import TrustTestSupport

/// Root's folder on a disk that is full, and then is not.
@Suite("A full disk under a relay of a fleet, and under a console") struct FleetDiskTests {
    /// Runs `words` with the ledger's folder on a small disk of its own, which holds what was there and then nothing more; `after`, when there
    /// is room again. What they print goes to `said`.
    private static let script = """
        ledger=$1 said=$2 words=$3 after=$4
        cp -a "$ledger" "$said.copy"
        mount -t tmpfs -o size=1m,mode=755 none "$ledger" && cp -a "$said.copy/." "$ledger" || exit 99
        head -c 2M /dev/zero >"$ledger/ballast" 2>/dev/null
        sh -c "$words" >"$said.full" 2>&1
        cmp "$ledger/fleet/out/decisions" "$said.copy/fleet/out/decisions" >>"$said.full" 2>&1 && echo 'the same decisions' >>"$said.full"
        rm "$ledger/ballast"
        sh -c "$after" >"$said.room" 2>&1
        """

    /// Others in the same decision, which make it longer than what the last block of a file has room for.
    private static let others = (10...80).map { String(repeating: "0", count: 62) + "\($0)" }

    private static func run(_ ledger: String, _ said: String, _ words: String, then after: String) throws {
        let outcome = try ProgramRun.run(
            "unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh", ledger, said, words, after], timeout: .seconds(300)
        )
        guard outcome.exitCode != 99 else { throw NothingCame(description: "\(outcome)") }
    }

    @Test("a relay keeps nothing, changes nothing and takes nothing out of its inbox, until there is room") func relay() throws {
        try FleetScene.founded(2) { scene in
            let relay = scene.relays[1]
            let alice = try scene.relays[0].makeClient("alice")
            let words = ["approve", "\(alice.fingerprint)"] + Self.others + ["--sign-with", scene.key("alice@example.org"), "--yes"]
            try scene.relays[0].operator.start(words).wait().done()
            let pack = try scene.export(0)
            for part in ["", "/inbox"] { try relay.folder.makeFolder("trustsync\(part)") }
            let inbox = relay.folder("trustsync/inbox")
            try ProgramRun.run("cp", [pack, "\(inbox)/0000000000000001.pack"]).done()
            let trustctl = { (words: String) in "\(BuiltPrograms.trustctl) \(words) --config \(relay.operator.settings); echo \"ended $?\""
            }
            let list = try #require(try? File.read(relay.listOnDisk))
            let unit = trustctl("fleet apply --unit")
            try Self.run(
                relay.folder("ledger"), relay.folder("said"),
                "\(trustctl("fleet import \(pack)")); \(unit); ls -A \(inbox) | wc -l",
                then: "\(unit); ls -A \(inbox) | wc -l")
            let (full, room) = (try relay.folder.read("said.full"), try relay.folder.read("said.room"))
            #expect(!full.contains("ended 0\n") && full.contains("No space left on device"), "\(full)")
            #expect(full.contains("\n1\n") && full.contains("the same decisions\n"), "\(full)")
            #expect(room.contains("ended 0\n") && room.hasSuffix("0\n"), "\(room)")
            #expect(try File.read(relay.listOnDisk) != list && scene.replies(to: alice) == [250, 250])
        }
    }

    @Test("a console sends nothing that it cannot keep, and the same command does it when there is room") func console() throws {
        try SyncScene.run(["h1"]) { scene in
            let host = scene.hosts[0]
            let digits = Self.others.joined(separator: " ")
            let approve =
                "\(BuiltPrograms.trustctl) approve \(digits) --sign-with \(scene.key) --yes --wait-fleet 0 --config \(host.operator.settings); "
                + "echo \"ended $?\"; ls -A \(host("trustsync/outbox")) | wc -l"
            try Self.run(host("ledger"), scene.folder("said"), approve, then: approve)
            let (full, room) = (try scene.folder.read("said.full"), try scene.folder.read("said.room"))
            #expect(full.contains("No space left on device") && !full.contains("ended 0\n") && !full.contains("done:"), "\(full)")
            #expect(full.contains("\n0\n") && full.contains("the same decisions\n"), "\(full)")
            #expect(room.contains("done:") && room.contains("ended 0\n"), "\(room)")
        }
    }
}
