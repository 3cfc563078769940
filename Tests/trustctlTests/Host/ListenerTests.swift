import Glibc
import Testing

@testable import Host

@Suite("Listener")
struct ListenerTests {
    private func line(_ address: String, state: String = "0A", inode: String = "12345") -> Substring {
        "   0: \(address) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000     0        0 \(inode) 1 0000000000000000 100 0 0 10 0"
    }

    @Test("a line of the kernel's socket table is read") func table() throws {
        let four = try #require(Listener(tableLine: line("0100007F:1F90")))
        #expect(four.address == [127, 0, 0, 1] && four.port == 8080 && four.inode == 12_345)
        let six = try #require(Listener(tableLine: line("000080FE00000000FF00000001000000:0019")))
        #expect(six.address == [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0, 1] && six.port == 25)
        #expect(Listener(tableLine: line("00000000:0019"))?.address == [0, 0, 0, 0])
    }

    @Test("lines of other sockets, and malformed lines, are ignored") func other() {
        for bad in [
            line("0100007F:1F90", state: "01"), line("0100007F"), line("0100007:1F90"), line("0100007G:1F90"), line("0100007F:1F90F"),
            line("0100007F:1F90", inode: "-1"), line("0100007F:1F90", inode: "x"), "", "  sl  local_address rem_address st",
        ] {
            #expect(Listener(tableLine: bad) == nil)
        }
    }

    @Test("this process's own listening socket is found") func own() throws {
        let server = try LoopbackServer()
        let found = ProcessFacts(pid: getpid()).listeners.filter { Int($0.port) == server.port }
        #expect(found.map(\.address) == [[127, 0, 0, 1]])
    }
}
