import Foundation
import Testing
import TrustCore
import TrustTestSupport

@testable import LogLine

/// A file in whose lines nothing would ever be found, with the built programs.
@Suite("A log in a form that is not read is reported")
struct UnknownFormTests {
    let sandbox: Sandbox
    let trustctl = Sandbox.program.dropLast("trustd".count) + "trustctl"

    init() throws { sandbox = try Sandbox() }

    static let message = "2026-11-22 17:41:59 \(Log.phrase)\(Log.fingerprint(1))"
    /// As other writers than Exim and syslog write the same line.
    static let forms = [
        "{\"log\":\"\(message)\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T17:41:59.123456789Z\"}",
        "2026-11-22T17:41:59.123456789Z stdout F \(message)", "@400000006921f3e7075bcd15 \(message)",
        "2026-11-22 17:41:59.123456789  \(message)", "2026-11-22_17:41:59.42123 \(message)", "1795455719.123456 vm exim[3725]: \(message)",
        "[   12.345678] vm exim[3725]: \(message)", "Sun Nov 22 17:41:59 2026 mail.info exim[3725]: \(message)",
    ]

    func status(_ arguments: String = "") throws -> (status: Int32, output: String, error: String) {
        let output = sandbox.path + "/out"
        let running = try Running(["/bin/sh", "-c", "exec \(trustctl) status \(arguments) --config \(sandbox.path)/conf >\(output)"])
        try running.wait()
        return (running.status ?? -1, (try? File.read(output)) ?? "", running.error)
    }

    @Test("status is 69 and names the cause, in text and JSON, also after a restart", arguments: forms) func told(line: String) throws {
        try sandbox.append(line + "\n")
        for _ in 0..<2 {
            let running = try sandbox.start()
            // The status that the killed one left says the same, so the new one must have spoken first.
            try sandbox.wait("the cause on standard error") { running.error.contains("hint: trustd(8)") }
            try sandbox.wait("the cause in the status") {
                let answer = try? status()
                return answer?.status == 69 && answer?.output.contains(FollowerStatus.Log.strange) == true
                    && answer?.error.contains("begins like a log of Exim's") == true && answer?.error.contains("trustd(8)") == true
            }
            let json = try #require(try JSONSerialization.jsonObject(with: Data(status("--json").output.utf8)) as? [String: Any])
            let log = try #require((json["logs"] as? [[String: Any]])?.first)
            #expect(json["following"] as? Bool == false && log["trouble"] as? String == FollowerStatus.Log.strange)
            #expect(running.error.contains("nothing is found in it") && running.error.contains("hint: trustd(8)"), "\(running.error)")
            running.kill9()
        }
    }

    @Test("a file that goes on in another form is reported, and is well again when the form is back") func changes() throws {
        try sandbox.append(Log.line(1))
        let running = try sandbox.start()
        try sandbox.wait("the first line") { sandbox.sightings(1) == 1 }
        #expect(try status().status == 0)
        try sandbox.append(String(repeating: Self.forms[1] + "\n", count: 120))
        try sandbox.wait("the change") { (try? status())?.status == 69 }
        #expect(try status().error.contains("any more"))
        try sandbox.append(Log.line(2))
        try sandbox.wait("the usual form") { (try? status())?.status == 0 }
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(Self.forms[0] + "\n")
        try sandbox.wait("the next file") { (try? status())?.status == 69 }
        running.kill9()
    }

    @Test(
        "every form that is read is known, whatever program wrote the line",
        arguments: [
            "2026-11-22 17:41:59 Start queue run: pid=1", "2026-11-22 17:41:59.837 +0000 [3725] 1vMtqj-0001ab-XY <= a@b",
            "Nov 22 17:41:59 host dovecot: imap-login: x", "Nov 22 17:41:59 host kernel: [ 1.0] x", "Nov 22 17:41:59 host -- MARK --",
            "Nov 22 17:41:59 host last message repeated 3 times", "Nov 22 17:41:59 host postfix/smtpd[12]: connect",
            "2026-11-22T17:41:59.123456+00:00 host systemd[1]: Started", "2026-11-22T17:41:59+0000 host CRON[7]: (root) CMD",
            "<22>1 2026-11-22T17:41:59Z vm dovecot - - [x@1 a=\"b\"] y", "2026-11-22T17:41:59Z host sshd 12 - - y",
            "Nov 22 17:41:59 vm syslog.info syslogd started: BusyBox v1.35.0", "Nov 22 17:41:59 exim[3725]: x",
            "Nov 22 17:41:59 <mail.info> host sshd[1]: y", "Sun 2026-11-22 17:41:59 UTC host sshd[1]: y",
            "Nov 22 17:41:59.123456 host sshd[1]: y",
            "1vMtqj-0001ab-XY <= a@b H=x", "Start queue run: pid=1", "\(Log.phrase)x",
        ])
    func known(line: String) { #expect(LogForm.isKnown(Array(line.utf8)[...])) }

    @Test("an entry that spans lines, and empty lines, are no other form") func continued() {
        var form = LogForm()
        func look(_ text: String) { Array(text.utf8).withUnsafeBytes { form.look(at: $0) } }
        look("\n  Envelope-from: <a@b>\n\tx\n")
        #expect(form.trouble == nil)
        look("hello\n")
        #expect(form.trouble == FollowerStatus.Log.strange)
        look("2026-11-22 17:41:59 x\n")
        #expect(form.trouble == nil)
        for _ in 0..<99 { look("hello\n") }
        #expect(form.trouble == nil)
        look("hello\n")
        #expect(form.trouble?.hasPrefix(FollowerStatus.Log.strange) == true)
    }
}
