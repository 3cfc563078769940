import Foundation
import Testing
import TrustTestSupport

@Suite("A relay that was away for ten thousand decisions") struct WeekAwayTests {
    /// A chain of decisions on a head, in one pack: of ten, seven approve a certificate and three take one of these away. ssh-keygen signs many
    /// texts at once. Prints who is approved at the end.
    private static let script = """
        import hashlib, os, subprocess, sys
        key, pack, head, serial, genesis, count = sys.argv[1:]
        folder, approved, texts = pack + ".d", [], []
        os.mkdir(folder)
        for number in range(1, int(count) + 1):
            if number % 10 < 7:
                name = hashlib.sha256(b"client %d" % number).hexdigest().upper()
                block = f"Fingerprint: {name}\\nAfter: approved\\nLabel: client {number}\\n"
            else:
                name, by = approved.pop(0)
                block = f"Fingerprint: {name}\\nAfter: none\\nReplaces: {by}\\n"
            text = (f"trust-decision 1\\nFleet: example-mail {genesis}\\nSerial: {int(serial) + number}\\nParent: {head}\\n"
                    f"Time: 2026-11-22T00:00:00Z\\nSigner: alice@example.org\\n\\n{block}").encode()
            head = hashlib.sha256(text).hexdigest().upper()
            if b"After: approved" in text: approved.append((name, head))
            texts.append(text)
        with open(pack, "wb") as out:
            for start in range(0, len(texts), 1000):
                files = [f"{folder}/{start + index}" for index in range(len(texts[start:start + 1000]))]
                for file, text in zip(files, texts[start:]): open(file, "wb").write(text)
                subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "trust-decision", *files], check=True, stderr=subprocess.DEVNULL)
                for file, text in zip(files, texts[start:]):
                    signature = open(file + ".sig", "rb").read()
                    out.write(b"trust-record %d %d\\n" % (len(text), len(signature)) + text + signature)
        print(" ".join(name for name, _ in approved))
        """

    private struct Status: Decodable {
        let genesis: String
        let serial: Int
        let heads: [String]
    }

    @Test("comes back, catches up by itself through the database, and trusts the same as the others") func away() throws {
        try CarriedFleet.run(2, poll: "2s", relayPoll: "2s") { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            try fleet.stop("mx2")
            let status = try JSONDecoder().decode(Status.self, from: Data(try fleet.status("--json").output.utf8))
            let pack = mx1.folder("many.pack")
            let head = try #require(status.heads.first)
            let key = String(fleet.key.dropLast(".pub".count))
            let made = try ProgramRun.run(
                "python3", ["-c", Self.script, key, pack, head, "\(status.serial)", status.genesis, "10000"], timeout: .seconds(600)
            ).done()
            let approved = Set(made.output.split { $0.isWhitespace }.map(String.init))
            #expect(approved.count == 4_000)

            // The others have them, and their trustsyncs give them to the database: each at most half of what it may submit in an hour.
            _ = try fleet.console.operator.trustctl("fleet", "import", pack, timeout: .seconds(600)).done()
            _ = try mx1.operator.trustctl("fleet", "import", pack, timeout: .seconds(600)).done()
            #expect(try mx1.trusted == approved)
            let count = "SELECT count(*) FROM trust.decision"
            try waitUntil("the database has all: \(fleet.console.status)", within: .seconds(600)) {
                try Int(fleet.server.must(count, database: "fleet").filter(\.isNumber)) ?? 0 > 10_000
            }
            #expect(try mx2.trusted.isEmpty)

            try fleet.start(1)
            try waitUntil("mx2 has caught up: \(String(describing: try? fleet.status()))", within: .seconds(600)) {
                try mx2.trusted == approved
            }
            try fleet.waitUntilLive()
            _ = try mx2.operator.trustctl("fleet", "verify", timeout: .seconds(600)).done()
        }
    }
}
