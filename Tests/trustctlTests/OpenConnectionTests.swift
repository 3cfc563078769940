import Testing
import TrustCore

@testable import trustctl

@Suite("Connections that Exim serves")
struct OpenConnectionTests {
    @Test("the kernel's lines about them, of both families, and an IPv4 address within IPv6")
    func tableLines() {
        let four =
            "   3: 0100007F:0019 0200007F:A1B2 01 00000000:00000000 00:00000000 00000000   101        0 4711 1 0000000000000000 20 4 30 10 -1"
        let socket = EstablishedSocket(tableLine: four[...])
        #expect(socket?.inode == 4711 && socket?.local.port == 25 && socket?.peer.description == "127.0.0.2")
        let mapped = four.replacing("0100007F", with: "0000000000000000FFFF00000100007F").replacing(
            "0200007F", with: "0000000000000000FFFF00000200007F")
        #expect(EstablishedSocket(tableLine: mapped[...])?.peer.description == "127.0.0.2")
        let six = four.replacing("0100007F", with: "00000000000000000000000001000000")
            .replacing("0200007F", with: "B80D0120000000000000000007000000")
        #expect(EstablishedSocket(tableLine: six[...])?.peer.description == "2001:db8::7")
        for other in [four.replacing(" 01 ", with: " 0A "), four.replacing("0200007F:", with: "0200007F "), "", "sl local_address"] {
            #expect(EstablishedSocket(tableLine: other[...]) == nil, "\(other)")
        }
    }

    @Test("what is said about them") func words() throws {
        let fingerprint = try Fingerprint(String(repeating: "AB", count: 32))
        func text(_ open: Int, _ theirs: Int, _ left: [Int32] = [], ended: Bool = false) -> [String] {
            OpenSessions.text(open: open, theirs: theirs, left: left, ended: ended, [fingerprint])
        }
        #expect(text(0, 0).isEmpty && text(0, 0, ended: true).isEmpty)
        #expect(text(3, 0) == ["Exim serves 3 connections with the old list, from where the certificate was not seen"])
        #expect(
            text(3, 1)[0].hasSuffix(
                "1 from where the certificate was seen: trustctl revoke \(fingerprint) --disconnect ends what comes from there"))
        #expect(text(2, 2, ended: true) == ["2 connections ended"])
        #expect(text(2, 2, [7], ended: true) == ["1 connection ended", "1 connection could not be ended: kill process 7"])
    }
}
