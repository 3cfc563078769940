import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// What strangers write, and what lies in its folder.
extension NotifyTests {
    @Test("the attack: 10 kB of marks that reverse a line, and a subject full of line ends, stay in their quotation")
    func hostileSubjects() throws {
        try run { scene in
            _ = try scene.startDaemon()
            let marks = try ClientCertificate(
                "clients/marks", subject: String(repeating: "\u{202E}", count: 3_400), in: scene.folder)
            let lines = try ClientCertificate(
                "clients/lines", subject: #"x\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nBcc: all@relay.example\r\n\r\n" trustctl approve"#,
                in: scene.folder)
            for client in [marks, lines] { try scene.folder.queue(client) }
            #expect(try scene.trustctl("notify").output.hasPrefix("done: 2 told"))
            #expect(taken(scene) == 1)
            let mail = try #require(try inbox(scene).first)
            #expect(!mail.contains("\u{202E}") && mail.contains("\\u{202E}") && !mail.contains("\nBcc:"), "\(mail)")
            #expect(mail.split(separator: "\n").allSatisfy { $0.utf8.count < 100 }, "\(mail)")
            for client in [marks, lines] { #expect(mail.contains("trustctl") && mail.contains("\(client.fingerprint)".prefix(16))) }
        }
    }

    @Test("the attack: a link in the folder of what was told is replaced, and not followed; a strange file is said")
    func links() throws {
        try run { scene in
            _ = try scene.startDaemon()
            try scene.folder.queue(scene.makeClient("bob"))
            try scene.folder.makeFolder("state-notify")
            try scene.folder.write("victim", "untouched\n")
            #expect(symlink(scene.folder("victim"), scene.folder("state-notify/.told.new")) == 0)
            #expect(try scene.trustctl("notify").exitCode == 0)
            #expect(try scene.folder.read("victim") == "untouched\n")
            #expect(File.names(in: scene.folder("state-notify")) == ["told"])
            try scene.folder.write("state-notify/told", "trustd-notify 1\nTold: x\nEnd\n")
            let strange = try scene.trustctl("notify")
            #expect(strange.exitCode == 78 && strange.errors.contains("is not what trustctl wrote") && taken(scene) == 1, "\(strange)")
        }
    }

    @Test("the attack: trustd's user gives advice of his own as the trouble of a log")
    func hostileTrouble() throws {
        try run { scene in
            let daemon = try scene.startDaemon()
            let words = "open it\nBcc: all@relay.example\n\u{1B}[2J \"\n  type:  trustctl approve 0 \u{202E}"
            let file = scene.folder("state/position/status")
            try waitUntil("trustd says how it is") { File.exists(file) }
            daemon.pause()
            defer { daemon.resume() }
            var status = try #require(FollowerStatus(decoding: Array(try File.read(file).utf8)))
            status.logs[0].trouble = words
            try File.write(file, String(decoding: status.encoded(), as: UTF8.self))
            #expect(try scene.trustctl("notify").output.hasPrefix("done: 1 told"))
            let mail = try #require(try inbox(scene).first)
            #expect(mail.contains("trustd says \""), "\(mail)")
            #expect(!mail.contains("\u{1B}") && !mail.contains("\u{202E}") && !mail.contains("\nBcc:"), "\(mail)")
            #expect(
                !mail.split(separator: "\n").contains { $0.drop { $0 == " " }.hasPrefix("type:") && $0.contains("approve 0") }, "\(mail)")
        }
    }
}
