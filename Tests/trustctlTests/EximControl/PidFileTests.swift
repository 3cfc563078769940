import Glibc
import SystemPackage
import Testing
import TrustTestSupport

@testable import EximControl
@testable import Host

@Suite("PidFile")
struct PidFileTests {
    @Test("a pid file counts only when it holds the number of a living process") func pidFile() throws {
        try inFolder { folder throws in
            let own = "\(getpid())"
            try folder.write("own", own + "\n")
            try folder.write("blanks", "  \(own) \nmore\n")
            #expect(PidFile.process(in: folder.path("own")) == getpid())
            #expect(PidFile.process(in: folder.path("blanks")) == getpid())
            // A process like any other: in a container it may be Exim, and where it is not the change is refused.
            try folder.write("first", "1\n")
            #expect(PidFile.process(in: folder.path("first")) == 1)
            for (index, text) in [
                "", "\n", "0", "-1", "+\(own)", "0x10", "\(own)x", "99999999999999999999", "2147483648", "\u{0}\(own)",
            ]
            .enumerated() {
                try folder.write("bad\(index)", text)
                #expect(PidFile.process(in: folder.path("bad\(index)")) == nil, "\(text.debugDescription)")
            }
            try folder.write("long", own + "\n" + String(repeating: " ", count: 100))
            symlink(folder("own"), folder("link"))
            mkfifo(folder("fifo"), 0o644)
            try folder.write("linked", own)
            link(folder("linked"), folder("hard"))
            for name in ["long", "link", "fifo", "linked", "hard", "none"] {
                #expect(PidFile.process(in: folder.path(name)) == nil, "\(name)")
            }
        }
    }

    @Test("a zombie is not a living process") func zombie() throws {
        try inFolder { folder throws in
            let child = try Program("/bin/true", []).startDetached()
            defer { _ = Program.wait(for: child) }
            try folder.write("pid", "\(child)\n")
            try waitUntil("it has ended") { !ProcessFacts(pid: child).isAlive }
            #expect(kill(child, 0) == 0)
            #expect(PidFile.process(in: folder.path("pid")) == nil)
        }
    }
}
