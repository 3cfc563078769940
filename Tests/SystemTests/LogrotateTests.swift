import Testing
import TrustTestSupport

/// Debian's logrotate, unpacked, with a private Exim's log.
@Suite("trustd follows a log that logrotate moves to another folder")
struct LogrotateTests {
    @Test("olddir with rotated in trustd.conf loses no line, compressed and after a stop") func olddir() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let unpacked: UnpackedPackages
        do { unpacked = try UnpackedPackages(["logrotate", "libpopt0"], in: folder) } catch let missing as UnpackedPackages.Missing {
            try Skipping.skip(because: "the package logrotate cannot be fetched: \(missing.reason)")
        }
        for name in ["log", "old", "certs", "ledger"] { try folder.makeFolder(name) }
        let log = folder("log/mainlog")
        try folder.write(
            "logrotate.conf",
            "\(log) {\n  rotate 5\n  compress\n  delaycompress\n  nocreate\n  missingok\n  olddir \(folder("old"))\n}\n")
        try folder.write(
            "trustd.conf",
            "log = \(log)\nrotated = \(folder("old"))\nstate = \(folder("state"))\ncertificates = \(folder("certs"))\n"
                + "ledger = \(folder("ledger"))\npending_ttl = 30000d\nmax_per_address = 1000\n")
        func write(_ numbers: ClosedRange<Int>) throws {
            for number in numbers {
                let digits = String(number, radix: 16, uppercase: true)
                let fingerprint = "A1" + String(repeating: "0", count: 62 - digits.count) + digits
                try File.append(
                    log,
                    "2026-11-22 17:41:59 Attempt to relay from a certificate which has not been explicitly allowed: \(fingerprint) [192.0.2.7]\n"
                )
            }
        }
        func rotate() throws {
            let run = try ProgramRun.run(
                "sh",
                [
                    "-c",
                    "LD_LIBRARY_PATH=$(echo \(unpacked.root)/usr/lib/*-linux-gnu) \(unpacked.root)/usr/sbin/logrotate -f"
                        + " -s \(folder("logrotate.state")) \(folder("logrotate.conf"))",
                ])
            #expect(run.exitCode == 0, "\(run)")
        }
        func once() throws -> String {
            let run = try ProgramRun.run(BuiltPrograms.trustd, ["--once", "--config", folder("trustd.conf")])
            #expect(run.exitCode == 0, "\(run)")
            return run.errors
        }
        func counted() throws -> Int { try ProgramRun.run("ls", [folder("state/pending")]).output.split(separator: "\n").count }
        try write(1...50)
        _ = try once()
        // Two rotations, the first file compressed; nobody follows.
        try write(51...75)
        try rotate()
        try write(76...100)
        try rotate()
        try write(101...125)
        let said = try once()
        #expect(try counted() == 125 && !said.contains("lost"), "\(said)")
        // Without the key the next stop cannot be bridged, and the message names it.
        try write(126...130)
        try rotate()
        try write(131...140)
        try folder.write(
            "trustd.conf",
            try folder.read("trustd.conf").split(separator: "\n").filter { !$0.hasPrefix("rotated") }.joined(separator: "\n") + "\n")
        #expect(try once().contains("“rotated = FOLDER” in trustd.conf"))
    }
}
