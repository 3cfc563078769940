import SystemPackage
import Testing
import TrustCore

@Suite("Configuration")
struct ConfigurationTests {
    @Test("every key is read; comments and blank lines are skipped") func keys() throws {
        let text = """
            # trustd.conf
              # indented

            log = /var/log/exim/%D-main
            log=/var/log/exim2/mainlog
            rotated = /var/log/old
            state = /s
            list = /l
            certificates = /c
            ledger = /led
            exim = /usr/sbin/exim4
            exim_config = /e
            also = /a.conf  /b.conf
            reload = systemd:exim4
            max_pending = 10
            max_per_address = 3
            pending_ttl = 12h
            renew = same-key
            renew_window = 0
            renew_grace = 0d
            renew_max = 1w
            renew_until = 2y
            notify_to = ops@relay.example
            notify_from = trustd@relay.example
            notify_every = 2h
            """
        let configuration = try Configuration(parsing: text, file: "/f")
        #expect(configuration.logs == ["/var/log/exim/%D-main", "/var/log/exim2/mainlog"])
        #expect(configuration.pending == "/s/pending" && configuration.position == "/s/position" && configuration.denied == "/led/denied")
        #expect(configuration.rotated == "/var/log/old")
        #expect(configuration.maxPending == 10 && configuration.maxPerAddress == 3 && configuration.pendingTTL == 43_200)
        #expect(configuration.also == ["/a.conf", "/b.conf"])
        #expect(configuration.reload == .systemd(unit: "exim4.service"))
        let renew = configuration.renew
        #expect(renew.way == .sameKey && renew.window == 0 && renew.grace == 0 && renew.longest == 604_800 && renew.until == 63_072_000)
        #expect(configuration.notifyEvery == 7_200)
        #expect(try Configuration(parsing: "", file: "/f") == Configuration())
    }

    @Test(
        "a mistake is reported with file and line",
        arguments: [
            ("state", "is not of the form"), ("stat = /x", "unknown key"), ("state = x", "absolute path"),
            ("rotated = old", "absolute path"),
            ("state = /a\u{1B}[m", "absolute path"),
            ("max_pending = 0", "number"), ("max_pending = -1", "number"), ("max_pending = 1e3", "number"), ("pending_ttl = 1y", "time"),
            ("pending_ttl = ", "time"), ("reload = maybe", "not one of auto"), ("reload = systemd:../x", "unit"),
            ("state = /a\nstate = /b", "second time"), ("exim = exim4", "absolute path"), ("also = /a b", "absolute path"),
            ("also = /a /a", "second time"), ("renew = always", "not one of off"), ("renew = ", "not one of off"),
            ("renew = Signed", "not one of off"), ("renew = off\nrenew = signed", "second time"), ("renew_window = -1d", "time"),
            ("renew_max = 0", "time"), ("renew_until = 0", "time"), ("renew_life = 3d", "unknown key"),
            ("notify_every = 0", "time"), ("notify_every = soon", "time"),
            ("notify_to = a@b\nnotify_to = a@b", "second time"),
        ])
    func mistakes(text: String, reason: String) {
        do {
            _ = try Configuration(parsing: "# comment\n" + text, file: "/etc/trustd/trustd.conf")
            Issue.record("taken: \(text)")
        } catch {
            #expect(error.line == text.split(separator: "\n").count + 1)
            #expect(error.description.hasPrefix("/etc/trustd/trustd.conf:\(error.line): ") && error.reason.contains(reason), "\(error)")
            #expect(!error.description.unicodeScalars.contains("\u{1B}"))
        }
    }

    @Test("bytes that are not UTF-8 are reported with file and line") func notText() throws {
        let bytes = Array("# no words\nlog = /l\nstate = /".utf8) + [0xC3, 0x28] + Array("\nlist = /x\n".utf8)
        let error = #expect(throws: ConfigurationError.self) { try Configuration(parsing: bytes, file: "/f") }
        #expect(error?.description == "/f:3: this is not UTF-8 text")
        #expect(try Configuration(parsing: Array("state = /é\n".utf8), file: "/f").state == "/é")
    }

    @Test("with CR LF line ends, a comment does not swallow the next line") func carriageReturns() throws {
        let text = "# comment\r\nmax_pending = 5\r\n\r\nstate = /s\r\n# end\r\nmax_pendin = 7\r\n"
        let configuration = try Configuration(parsing: text.replacing("max_pendin = 7\r\n", with: ""), file: "/f")
        #expect(configuration.maxPending == 5 && configuration.state == "/s")
        let mistake = #expect(throws: ConfigurationError.self) { try Configuration(parsing: text, file: "/f") }
        #expect(mistake?.line == 6)
    }

    @Test("times and dates that do not exist are refused") func timestamps() {
        #expect(Timestamp(rfc3339: "2026-11-22T17:41:59Z")?.description == "2026-11-22T17:41:59Z")
        for text in ["2026-02-30T00:00:00Z", "2026-11-22 17:41:59Z", "2026-11-22T24:00:00Z", "2026-11-22T17:41:59+00:00", ""] {
            #expect(Timestamp(rfc3339: text) == nil, "\(text)")
        }
    }
}
