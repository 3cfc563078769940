import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("A power failure while trustd works", .skipped(by: Stepper.obstacle))
struct FollowerPowerTests {
    private static let now = "2026-11-22 17:41:59 +0000"

    private static func fingerprint(_ number: Int) -> String { "A1" + String(repeating: "0", count: 59) + String(100 + number) }

    private static func lines(_ numbers: some Sequence<Int>) -> String {
        numbers.map { "\(now) \(LogPhrase.text)\(fingerprint($0))\n\(now) SMTP connection from [192.0.2.9] lost\n" }.joined()
    }

    /// Hides what is unwritten on this machine from a program, as the sandbox does. Then many entries are always synced together.
    private static let hiding = ["unshare", "--mount", "sh", "-c", "mount --bind /dev/null /proc/meminfo && exec \"$@\"", "sh"]
    private static let canHide = (try? ProgramRun.run(hiding[0], hiding.dropFirst() + ["true"]))?.exitCode == 0

    @discardableResult
    private func once(in folder: SceneFolder, record: String? = nil) throws -> ProgramRun.Outcome {
        let settings = folder("trustd.conf")
        let prefix = record.map { (Self.canHide ? Self.hiding : []) + Stepper.command + ["-f", settings, "-r", $0] } ?? []
        let words = prefix + [BuiltPrograms.trustd, "--once", "--config", settings]
        return try ProgramRun.run(words[0], Array(words.dropFirst()))
    }

    private func sightings(in folder: SceneFolder) throws -> [String: UInt64] {
        var all: [String: UInt64] = [:]
        for name in File.names(in: folder("state/pending")) {
            all[name] = try PendingEntry(decoding: Array(try File.read(folder("state/pending/\(name)")).utf8), name: name).sightings
        }
        return all
    }

    @Test("whatever the disk has kept, the next run has counted each line once, and no entry is lost", arguments: [2, 40])
    func powerLoss(new: Int) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        for name in ["state", "certs", "ledger", "ledger/denied"] { try folder.makeFolder(name) }
        try folder.write(
            "trustd.conf",
            "log = \(folder("log"))\nstate = \(folder("state"))\nledger = \(folder("ledger"))\ncertificates = \(folder("certs"))\n"
                + "pending_ttl = 30000d\n")
        try folder.write("log", Self.lines(1...3))
        #expect(try once(in: folder).exitCode == 0)
        // Repeats and new ones in one batch.
        try File.append(folder("log"), Self.lines(2...new + 3))
        var disk = try UnsyncedDisk(of: folder, ["state"])
        let whole = try once(in: folder, record: folder("record"))
        #expect(whole.exitCode == 0, "\(whole)")
        let expected = try sightings(in: folder)
        #expect(expected.count == new + 3 && expected.values.reduce(0, +) == UInt64(new + 5))
        let calls = try RecordedCall.all(in: folder("record"))
        #expect(calls.contains { $0.name == "io_submit" } == (new == 40 && Self.canHide), "many entries are brought to the disk together")

        var random = Randomness("follower \(new)")
        let all = disk.outcomes(of: calls, chances: 4, by: &random)
        // The loss of nothing is the real disk, but for the status, which is never synced.
        func kept(_ remains: [String: [UInt8]?]) -> [String: [UInt8]?] { remains.filter { !$0.key.hasSuffix("/status") } }
        #expect(try kept(disk.remains(.names)) == kept(UnsyncedDisk(of: folder, ["state"]).remains(.nothing)))
        var chosen = FaultSweep.choose(20, orEachOf: 400, of: all.count, by: &random)
        chosen.append(all.count)
        for place in chosen {
            try disk.lay(all[place - 1].remains)
            let again = try once(in: folder)
            #expect(again.exitCode == 0 && !again.errors.contains("lost"), "\(all[place - 1].told)\(again)")
            #expect(try sightings(in: folder) == expected, "\(all[place - 1].told)\(again)")
        }
        print("trustd, \(new) new: the power failed \(chosen.count) times; \(calls.count) calls have \(all.count) outcomes")
    }
}
