import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Host
@testable import Trust

@Suite("The folder of pending entries")
struct QueueFolderTests {
    private func entry(_ name: String) throws -> String {
        let moment = try #require(Timestamp(rfc3339: "2026-11-22T17:41:59Z"))
        let entry = PendingEntry(fingerprint: try Fingerprint(name), firstSeen: moment, lastSeen: moment)
        return String(decoding: entry.encoded(), as: UTF8.self)
    }

    @Test("a missing folder holds no entries") func missing() throws {
        let found = try inFolder { folder in try QueueFolder(folder.path("none/pending")).content() }
        #expect(found.entries.isEmpty && found.oddities.isEmpty)
    }

    @Test("hostile files are reported in plain lines, and hide no entry") func hostile() throws {
        try inFolder { folder throws in
            try folder.makeFolder("pending")
            let names = (0..<8).map { String(repeating: "\($0)", count: 64) }
            try folder.write("pending/\(Some.a)", try entry(Some.a))
            try folder.write("pending/.new", "half")
            symlink("/etc/shadow", folder("pending/\(names[0])"))
            mkfifo(folder("pending/\(names[1])"), 0o644)
            mkdir(folder("pending/\(names[2])"), 0o755)
            try folder.write("elsewhere", try entry(names[3]))
            link(folder("elsewhere"), folder("pending/\(names[3])"))
            try folder.write("pending/\(names[4])", "")
            truncate(folder("pending/\(names[4])"), 1 << 40)
            try folder.write("pending/\(names[5])", try entry(Some.b))
            try folder.write("pending/\(names[6])", String(try entry(names[6]).dropLast(3)))
            mknod(folder("pending/\(names[7])"), S_IFCHR | 0o666, 0x105)
            try folder.write("pending/\u{1B}[2J\u{202E}evil\u{7}", try entry(Some.c))
            try folder.write("pending/\(Some.a.lowercased())", try entry(Some.a))
            let found = try QueueFolder(folder.path("pending")).content()
            #expect(found.entries.map(\.fingerprint.description) == [Some.a])
            #expect(found.oddities.count == 10)
            #expect(names.allSatisfy { name in found.oddities.contains { $0.hasPrefix(name) } })
            #expect(found.oddities.allSatisfy(isPlain))
        }
    }

    @Test("a folder that is a link, or that everybody may write to, is not read") func folders() throws {
        try inFolder { folder throws in
            try folder.makeFolder("real")
            symlink(folder("real"), folder("link"))
            try folder.makeFolder("open", mode: 0o777)
            try folder.makeFolder("sticky", mode: 0o1777)
            try folder.write("file", "")
            let codes = ["link", "open", "sticky", "file"].map { name -> CInt? in
                do throws(SystemError) { _ = try QueueFolder(folder.path(name)).content() } catch { return error.code }
                return nil
            }
            // O_DIRECTORY comes before the link.
            #expect(codes == [ENOTDIR, EBADMSG, EBADMSG, ENOTDIR])
            #expect(try QueueFolder(folder.path("real")).content().entries.isEmpty)
        }
    }

    @Test("removing an entry removes the name, whatever kind of file it is") func remove() throws {
        try inFolder { folder throws in
            try folder.makeFolder("pending")
            try folder.write("secret", "secret")
            symlink(folder("secret"), folder("pending/\(Some.a)"))
            let fingerprint = try Fingerprint(Some.a)
            #expect(try QueueFolder(folder.path("pending")).remove(fingerprint))
            #expect(try !QueueFolder(folder.path("pending")).remove(fingerprint))
            #expect(try !QueueFolder(folder.path("none")).remove(fingerprint))
            #expect(try folder.read("secret") == "secret")
        }
    }

    @Test(
        "a user who may not read an entry is told so, without its name's escape sequences",
        .enabled(if: TrustDaemon.canDropPrivileges, "another user cannot run the built programs here"))
    func notPermitted() throws {
        try inFolder { folder throws in
            try folder.makeFolder("state")
            try folder.makeFolder("state/pending")
            try folder.write("state/pending/\u{1B}[2J\u{202E}evil", try entry(Some.a), mode: 0)
            try folder.write(
                "conf",
                "state = \(folder("state"))\nlist = \(folder("list"))\ncertificates = \(folder("certs"))\nledger = \(folder("ledger"))\n")
            let outcome = try ProgramRun.run(
                "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", BuiltPrograms.trustctl, "list", "--config", folder("conf")])
            #expect(outcome.exitCode == ExitStatus.notPermitted.rawValue, "\(outcome)")
            #expect(outcome.errors.contains("Permission denied") && outcome.output.isEmpty)
            #expect(isPlain(outcome.errors))
        }
    }
}
