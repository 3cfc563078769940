import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

/// What may happen to a log while nobody looks, each by its name, with the built program; the expected count is zgrep's.
@Suite("The count is exact whatever happens to the log")
struct MisfortuneTests {
    let sandbox: Sandbox
    let folder: String

    init() throws {
        sandbox = try Sandbox("max_per_address = 10000")
        folder = sandbox.path + "/log"
    }

    func lines(_ numbers: some Sequence<Int>) -> String { numbers.map { Log.line($0) + Log.other }.joined() }

    /// How many sightings the files hold, each decompressed by itself.
    func written() throws -> Int {
        try sandbox.run("for f in \(folder)/*; do zcat -f \"$f\"; done | grep -a -F -c '\(Log.phrase)' >\(sandbox.path)/count")
        let text = try File.read(sandbox.path + "/count")
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    var counted: Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: sandbox.pending)) ?? []
        return names.reduce(0) { sum, name in
            let data = FileManager.default.contents(atPath: "\(sandbox.pending)/\(name)") ?? Data()
            return sum + Int((try? PendingEntry(decoding: Array(data), name: name))?.sightings ?? 0)
        }
    }

    func once() throws -> String {
        let (status, error) = try sandbox.once()
        #expect(status == 0, "\(error)")
        return error
    }

    @Test("rotations while it was down, to .1, .01 or .2.gz, are found by inode or bytes")
    func severalRotationsWhileDown() throws {
        try sandbox.append(lines(1...5))
        _ = try once()
        try sandbox.append(lines(6...9))
        try sandbox.run("cd \(folder); mv mainlog mainlog.2; gzip mainlog.2")
        try sandbox.append(lines(10...20), to: sandbox.log + ".1")
        try sandbox.append(lines(21...23))
        let error = try once()
        #expect(try counted == written() && counted == 23)
        #expect(!error.contains("lost"), "\(error)")
        _ = try once()
        #expect(counted == 23)
    }

    @Test("compressed files with exicyclog's names count, one empty, one cut while it is read") func compressedAll() throws {
        try sandbox.append(lines(1...2_000))
        _ = try once()
        try sandbox.append(lines(1...30))
        try sandbox.run("cd \(folder); mv mainlog mainlog.03; gzip mainlog.03; : >mainlog.02; gzip mainlog.02")
        try sandbox.append(lines(100...400), to: sandbox.log + ".01")
        try sandbox.run("cd \(folder); gzip mainlog.01")
        try sandbox.append(lines(50...60))
        _ = try once()
        #expect(try counted == written())
        // The current one is compressed at once, and a new one written.
        try sandbox.append(lines(70...80))
        try sandbox.run("cd \(folder); mv mainlog.01.gz mainlog.02.gz; mv mainlog mainlog.01; gzip mainlog.01")
        try sandbox.append(lines(90...95))
        _ = try once()
        #expect(try counted == written())
    }

    @Test("a file compressed right after the rotation is read on") func compressedAtOnce() throws {
        try sandbox.append(lines(1...50))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 50 }
        try sandbox.run("cd \(folder); mv mainlog mainlog.1; gzip mainlog.1")
        try sandbox.append(lines(51...60))
        try sandbox.wait("the new ones") { counted >= 60 }
        try sandbox.append(lines(61...61))
        try sandbox.wait("one more") { sandbox.sightings(61) == 1 }
        #expect(try counted == written())
        running.kill9()
    }

    @Test("of a damaged compressed log the readable part counts, and the rest is reported") func damaged() throws {
        try sandbox.append(lines(1...5))
        _ = try once()
        try sandbox.append(lines(6...5_000))
        try sandbox.run(
            "cd \(folder); mv mainlog mainlog.1; gzip mainlog.1; truncate -s $(( $(stat -c %s mainlog.1.gz) / 2 )) mainlog.1.gz")
        try sandbox.append(lines(1...3))
        let error = try once()
        #expect(error.contains("is damaged") && sandbox.sightings(1) == 2 && sandbox.sightings(6) == 1, "\(error)")
    }

    @Test("an editor's copy renamed over the live log is not counted twice") func editorsCopy() throws {
        try sandbox.append(lines(1...40))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 40 }
        try sandbox.run("cd \(folder); cp mainlog ../copy; mv ../copy mainlog")
        try sandbox.append(lines(41...45))
        try sandbox.wait("the new ones") { counted >= 45 }
        #expect(try counted == written())
        running.kill9()
    }

    @Test("files with the same first lines are told apart") func sameBeginning() throws {
        try sandbox.append(lines([1, 1, 2]))
        let running = try sandbox.start()
        try sandbox.wait("the first lines") { counted == 3 }
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(lines([1, 1, 2]))
        try sandbox.wait("the second file") { counted >= 6 }
        running.kill9()
        try sandbox.rename("mainlog.1", "mainlog.2")
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(lines([1, 1, 2, 3]))
        _ = try once()
        #expect(try counted == written() && counted == 10)
    }

    @Test("a log that is taken out of trustd.conf and put back is not counted twice") func configuredAgain() throws {
        let other = sandbox.path + "/other"
        try sandbox.append(lines(1...4))
        try sandbox.append(lines(1...3), to: other)
        for extra in ["log = \(other)", "", "log = \(other)", "log = \(other)"] {
            try sandbox.configure(extra)
            _ = try once()
            #expect(counted == 7)
        }
        try sandbox.append(lines(1...2), to: other)
        _ = try once()
        #expect(counted == 9)
    }

    @Test("dated names: midnight, a compressed older file and a clock set back") func dated() throws {
        // Once: midnight may pass meanwhile.
        let now = Timestamp.now.seconds
        let day = { (back: Int) -> String in Timestamp(seconds: now - Int64(back) * 86_400).day.filter { $0 != "-" } }
        func file(_ back: Int) -> String { folder + "/mainlog-" + day(back) }
        try sandbox.configure(log: folder + "/mainlog-%D")
        try sandbox.append(lines(1...5), to: file(3))
        _ = try once()
        try sandbox.append(lines(6...9), to: file(3))
        try sandbox.run("gzip \(file(3))")
        try sandbox.append(lines(10...12), to: file(2))
        try sandbox.append(lines(13...14), to: file(1))
        _ = try once()
        #expect(try counted == written() && counted == 14)
        // Our clock, too, was ahead: today's file is tomorrow's. Exim goes on in yesterday's, which was finished.
        let running = try sandbox.start()
        try sandbox.append(lines(15...15), to: file(0))
        try sandbox.wait("today's") { counted == 15 }
        try sandbox.append(lines(16...16), to: file(1))
        try sandbox.append(lines(17...17), to: file(0))
        try sandbox.wait("today's next") { sandbox.sightings(17) == 1 }
        try sandbox.wait("and yesterday's") { counted == 17 }
        #expect(try counted == written())
        running.kill9()
    }

    @Test(
        "a line behind the NULs of a power failure counts, however many there are", arguments: [1, 700, 70_000, 3_000_000], [false, true])
    func nuls(count: Int, compressed: Bool) throws {
        try sandbox.append(lines(1...3) + Log.other.dropLast(20))
        try sandbox.run("head -c \(count) /dev/zero >>\(sandbox.log)")
        try sandbox.append(lines(4...6))
        if compressed {
            try sandbox.append("", to: sandbox.log + ".0")
            _ = try once()
            try sandbox.run("cd \(folder); rm mainlog.0; mv mainlog mainlog.1; gzip mainlog.1")
            try sandbox.append(lines(7...7))
            _ = try once()
        }
        let running = try sandbox.start()
        try sandbox.wait("all lines") { counted == (compressed ? 7 : 6) }
        running.kill9()
        _ = try once()
        #expect(try counted == written())
    }

    @Test("a symbolic link with a new target while it was down is a rotation") func link() throws {
        try sandbox.append(lines(1...3), to: folder + "/mainlog.a")
        symlink("mainlog.a", sandbox.log)
        _ = try once()
        #expect(counted == 3)
        try sandbox.append(lines(4...5), to: folder + "/mainlog.b")
        unlink(sandbox.log)
        symlink("mainlog.b", sandbox.log)
        let error = try once()
        #expect(counted == 5 && error.contains("lines may be lost"), "\(error)")
    }
}
