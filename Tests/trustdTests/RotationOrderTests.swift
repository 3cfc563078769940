import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import LogFollower

/// The order in which rotated files are read, and where they are looked for; with the built program.
@Suite("Rotated files are read in the order in which they were written")
struct RotationOrderTests {
    let sandbox: Sandbox
    let folder: String

    init() throws {
        sandbox = try Sandbox("max_per_address = 10000")
        folder = sandbox.path + "/log"
    }

    func lines(_ numbers: some Sequence<Int>, day: Int = 22) -> String {
        numbers.map { Log.line($0).replacingOccurrences(of: "2026-11-22", with: "2026-11-\(day)") }.joined()
    }

    var counted: Int { (1...400).filter { sandbox.sightings($0) == 1 }.count }

    @Test(
        "files compressed again later than the next ones were written are read in their order, and none is skipped",
        arguments: [
            "touch mainlog.3.gz mainlog.2.gz", "touch mainlog.2.gz mainlog.3.gz mainlog.1", "touch -d 2020-01-01 *",
            "touch *.gz; touch mainlog",
        ])
    func touched(misfortune: String) throws {
        try sandbox.append(lines(1...50))
        #expect(try sandbox.once().status == 0)
        try sandbox.append(lines(51...100))
        try sandbox.run("mv mainlog mainlog.3; gzip mainlog.3")
        try sandbox.append(lines(101...200), to: sandbox.log + ".2")
        try sandbox.run("gzip mainlog.2")
        try sandbox.append(lines(201...300), to: sandbox.log + ".1")
        try sandbox.append(lines(301...400))
        try sandbox.run(misfortune)
        let error = try sandbox.once().error
        #expect(counted == 400 && !error.contains("lost"), "\(counted) \(error)")
        _ = try sandbox.once()
        #expect(counted == 400)
    }

    @Test("the same while trustd follows, and a file is compressed again by zcat and gzip") func touchedWhileRunning() throws {
        try sandbox.append(lines(1...100))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 100 }
        kill(running.pid, SIGSTOP)
        try sandbox.append(lines(101...150))
        try sandbox.run("mv mainlog mainlog.3; gzip mainlog.3")
        try sandbox.append(lines(151...300), to: sandbox.log + ".2")
        try sandbox.append(lines(301...399), to: sandbox.log + ".1")
        try sandbox.run("zcat mainlog.3.gz | gzip >x; mv x mainlog.3.gz; sleep 0.01; touch mainlog.3.gz")
        try sandbox.append(lines([400]))
        kill(running.pid, SIGCONT)
        try sandbox.wait("all lines: \(counted)") { counted == 400 }
        running.kill9()
    }

    @Test("what another scheme of rotation left behind comes first by its lines, whenever it was touched") func otherScheme() throws {
        try sandbox.append(lines(1...10, day: 10))
        #expect(try sandbox.once().status == 0)
        try sandbox.run("mv mainlog mainlog-20261120")
        try sandbox.append(lines(300...310, day: 1), to: sandbox.log + ".1")
        try sandbox.append(lines(11...20, day: 21), to: sandbox.log + "-20261121")
        try sandbox.append(lines(21...30))
        try sandbox.run("touch mainlog.1 mainlog-20261120")
        let error = try sandbox.once().error
        #expect(counted == 30 && sandbox.entry(300) == nil, "\(counted) \(error)")
    }

    @Test("with rotated, files in logrotate's olddir are followed, while trustd runs and after a stop") func olddirWithKey() throws {
        try sandbox.configure("max_per_address = 10000\nrotated = \(folder)/old")
        try sandbox.append(lines(1...50))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 50 }
        try sandbox.run("mkdir old; mv mainlog old/mainlog.1")
        try sandbox.append(lines(51...60))
        try sandbox.wait("the new file") { counted == 60 }
        running.kill9()
        #expect(!running.error.contains("lost"), "\(running.error)")
        try sandbox.append(lines(61...80))
        try sandbox.run("mv old/mainlog.1 old/mainlog.2; mv mainlog old/mainlog.1; gzip old/mainlog.2")
        try sandbox.append(lines(81...90))
        try sandbox.run("mv old/mainlog.2.gz old/mainlog.3.gz; mv old/mainlog.1 old/mainlog.2; mv mainlog old/mainlog.1")
        try sandbox.append(lines(91...125))
        let error = try sandbox.once().error
        #expect(counted == 125 && !error.contains("lost"), "\(counted) \(error)")
    }

    @Test("without rotated, a running trustd finds the folder and names it; after a stop the key is in the hint") func olddirWithoutKey()
        throws
    {
        try sandbox.append(lines(1...50))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 50 }
        for round in 1...2 {
            try sandbox.run("mkdir -p old; if [ -e old/mainlog.1 ]; then mv old/mainlog.1 old/mainlog.2; fi; mv mainlog old/mainlog.1")
            try sandbox.append(lines((round * 50 + 1)...(round * 50 + 50)))
            try sandbox.wait("the new file") { counted == 50 + round * 50 }
        }
        running.kill9()
        #expect(running.error.components(separatedBy: "hint: “rotated = \(folder)/old”").count == 2, "said once: \(running.error)")
        #expect(!running.error.contains("lost"), "\(running.error)")
        try sandbox.run("mv old/mainlog.1 old/mainlog.3; mv mainlog old/mainlog.2")
        try sandbox.append(lines(151...160))
        let error = try sandbox.once().error
        #expect(error.contains("lines may be lost") && error.contains("“rotated = FOLDER” in trustd.conf"), "\(error)")
    }

    @Test("what Exim writes between the two renames of exicyclog is read") func exicyclog() throws {
        try sandbox.append(lines(1...10))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 10 }
        try sandbox.run("mv mainlog mainlog.01")
        try sandbox.append(lines(11...27))
        // trustd has opened it: on a real machine it has some milliseconds for that.
        try sandbox.wait("the file in between") {
            let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(running.pid)/fd")) ?? []
            return open.contains {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(running.pid)/fd/\($0)")) == sandbox.log
            }
        }
        try sandbox.run(": >mainlog.4711; mv mainlog.4711 mainlog")
        try sandbox.append(lines(28...30))
        try sandbox.wait("all lines: \(counted)") { counted == 30 }
        #expect(!running.error.contains("lost"), "\(running.error)")
        try sandbox.run("mv mainlog.01 mainlog.02; mv mainlog mainlog.01")
        try sandbox.append(lines(31...40))
        try sandbox.wait("the next rotation") { counted == 40 }
        running.kill9()
        #expect(try sandbox.once().status == 0)
        #expect(counted == 40)
    }

    @Test("a late line in a file that was compressed meanwhile is read, and reading goes on where it was") func lateInUnlinked() throws {
        try sandbox.append(lines(1...10))
        let old = open(sandbox.log, O_WRONLY | O_APPEND)
        defer { close(old) }
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 10 }
        try sandbox.run("mv mainlog mainlog.1")
        try sandbox.append(lines(11...20))
        try sandbox.wait("the new file") { counted == 20 }
        kill(running.pid, SIGSTOP)
        let late = Array(lines([21]).utf8)
        try sandbox.run("gzip mainlog.1")
        #expect(Glibc.write(old, late, late.count) == late.count)
        kill(running.pid, SIGCONT)
        try sandbox.wait("the late line") { counted == 21 }
        try sandbox.append(lines(22...30))
        try sandbox.wait("the lines in the current file") { counted == 30 }
        running.kill9()
        #expect(try sandbox.once().status == 0)
        #expect(counted == 30)
    }

    @Test("names tell the order within a series, and a leading zero makes another series") func series() {
        let names = [
            "mainlog.2", "mainlog.10", "mainlog.1.gz", "mainlog.01", "mainlog.12", "mainlog.4711", "mainlog-20261121",
            "mainlog-20261120.gz", "x",
        ]
        let series = RotatedNames(names.map { FilePath("/log/\($0)") }, of: "mainlog").series.map {
            $0.compactMap { $0.lastComponent?.string }
        }
        #expect(
            series == [
                ["mainlog-20261120.gz", "mainlog-20261121"], ["mainlog.12", "mainlog.10", "mainlog.01"],
                ["mainlog.4711", "mainlog.2", "mainlog.1.gz"],
            ])
    }
}
