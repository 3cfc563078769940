import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// `renew = same-key` and `renew = signed` in trustd.conf.
@Suite("Renewals that are approved without a person, and what keeps them from it")
struct RenewalPolicyTests {
    static let sameKey = "renew = same-key\n"

    @Test("admit approves a renewal with the same key: label, ledger and undo are as by hand")
    func sameKey() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let next = try scene.successor(of: laptop, "laptop")
            let stranger = try scene.makeClient("stranger")
            try scene.wait(next, stranger)
            let done = try scene.trustctl("admit")
            #expect(done.exitCode == 0, "\(done)")
            #expect(done.output.contains("done: approve \(next.fingerprint) (laptop), which renews laptop"), "\(done)")
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(next.fingerprint)"])
            #expect(try scene.reply(to: next) == 250)
            #expect(try scene.reply(to: laptop) == 250)
            #expect(try scene.reply(to: stranger) == 550)
            let history = try scene.trustctl("history", "--json").output
            #expect(history.contains("\"renews\" : \"\(laptop.fingerprint)\"") && history.contains("renew = same-key in "), "\(history)")
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            #expect(try scene.operator.entries("approved").first { $0.fingerprint == "\(next.fingerprint)" }?.label == "laptop")
            try scene.refuses(nil)

            // The attack: whoever has the key keeps making more. A third one waits, also when it is the only one.
            let third = try scene.successor(of: laptop, "laptop")
            try scene.wait(third)
            try scene.refuses("approved already")
            let card = try scene.trustctl("show", "\(third.fingerprint)")
            #expect(card.output.contains("not approved without a person: "), "\(card)")

            // What was taken back does not come in by itself again.
            #expect(try scene.trustctl("undo", "2", "--yes").exitCode == 0)
            try scene.wait(next)
            try scene.refuses("was taken back on")
            #expect(try scene.trusted == ["\(laptop.fingerprint)"])
        }
    }

    @Test("a day before the end, what the timers of both sides run renews it, and no mail is refused")
    func timers() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeMachine("laptop", days: 1)
            try scene.approve(shown: laptop, "laptop")
            func send(_ subject: String) throws {
                let current = try ClientCertificate(certificate: scene.folder("laptop/client.pem"), key: scene.folder("laptop/client.key"))
                #expect(try scene.reply(to: current) == 250, "\(subject)")
            }
            try send("before")
            #expect(try scene.client("laptop", "renew", "--due", "30", "--same-key").exitCode == 10)
            let next = try scene.next("laptop")
            try send("while it waits")
            let done = try scene.trustctl("admit")
            #expect(done.output.contains("done: approve \(next.fingerprint) (laptop)"), "\(done)")
            try send("between")
            let switched = try scene.client("laptop", "renew", "--due", "30", "--same-key")
            #expect(switched.exitCode == 0 && switched.output.contains("in use: \(next.fingerprint)"), "\(switched)")
            try send("after")
            #expect(try scene.client("laptop", "renew", "--due", "30", "--same-key").errors.contains("not due yet"))
            let rejected = scene.exim.logText.split(separator: "\n").filter { $0.contains("rejected RCPT") }
            #expect(rejected.allSatisfy { $0.contains("postmaster@check.invalid") }, "\(rejected)")
        }
    }

    @Test("by default, and with off, admit approves no renewal; with off none is shown as one")
    func ways() throws {
        try RelayScene.run { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let next = try scene.successor(of: laptop, "laptop")
            try scene.wait(next)
            try scene.refuses(nil)
            try scene.writeSettings("renew = propose\n")
            try scene.refuses(nil)
            #expect(try scene.trustctl("list").output.contains("renews laptop (same key, ends "))
            try scene.writeSettings("renew = off\n")
            try scene.refuses(nil)
            let listed = try scene.trustctl("list")
            #expect(!listed.output.contains("renews ") && listed.output.contains("the same key as laptop"), "\(listed)")
            let refused = try scene.trustctl("approve", "--renewals", "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("renew = off"), "\(refused)")
            #expect(try !scene.findings().contains { $0.id == "renewals-not-approved" })
            try scene.writeSettings(Self.sameKey)
            #expect(try scene.findings().contains { $0.id == "renewals-not-approved" })
            try scene.writeSettings("renew = sometimes\n")
            let mistake = try scene.trustctl("admit")
            #expect(mistake.exitCode == 78 && mistake.errors.contains("off, propose, same-key, signed"), "\(mistake)")
            let daemon = try ProgramRun.run(BuiltPrograms.trustd, ["--config", scene.folder("etc/trustd.conf")])
            #expect(daemon.exitCode == 78 && daemon.errors.contains("off, propose, same-key, signed"), "\(daemon)")
        }
    }

    @Test("too early, too late, too long, and too long without a person: each alone leaves it to a person")
    func limits() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let next = try scene.successor(of: laptop, "laptop")
            try scene.wait(next)
            for (setting, reason) in [
                ("renew_window = 5d", "later than renew_window allows"), ("renew_max = 30d", "longer than renew_max allows"),
                ("renew_until = 1s", "longer ago than renew_until allows"),
            ] {
                if setting.hasPrefix("renew_until") { sleep(2) }
                try scene.writeSettings(Self.sameKey + setting + "\n")
                try scene.refuses(reason)
            }
            // At the edges: ten days are left, and 365 are asked for.
            try scene.writeSettings(Self.sameKey + "renew_window = 10d\nrenew_max = 365d\n")
            #expect(try scene.trustctl("admit").output.contains("done: approve \(next.fingerprint)"))

            // The line was renewed today, so once more is too often, wherever its end is.
            #expect(try scene.trustctl("revoke", "\(laptop.fingerprint)", "--only", "--yes").exitCode == 0)
            let third = try scene.successor(of: laptop, "laptop")
            try scene.wait(third)
            try scene.writeSettings(Self.sameKey + "renew_window = 0\n")
            try scene.refuses("renewed less than a day ago")
        }
    }

    @Test("a renewal inherits the end of the approval, and nobody is renewed beyond it")
    func approvalEnds() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            #expect(try scene.trustctl("approve", "laptop", "--for", "40d", "--yes").exitCode == 0)
            let ends = try #require(try scene.operator.entries("approved").first?.until)
            let next = try scene.successor(of: laptop, "laptop")
            try scene.folder.queue(next)
            #expect(try scene.trustctl("admit").output.contains("done: approve \(next.fingerprint)"))
            #expect(try scene.operator.entries("approved").map(\.until) == [ends, ends])

            // The attack: a guest's certificate renews itself when his time is over.
            let guest = try scene.makeClient("guest", .expiring)
            try scene.approve(shown: guest, "guest")
            let end = Timestamp(seconds: Timestamp.now.seconds + 20)
            #expect(try scene.trustctl("approve", "guest", "--until", "\(end)", "--yes").exitCode == 0)
            try scene.folder.queue(try scene.successor(of: guest, "guest"))
            try waitUntil("his time is over") { end < .now }
            try scene.refuses(nil)
            // Nor does the certificate itself, when it was taken out.
            #expect(try scene.trustctl("expire", "--yes").exitCode == 0)
            try scene.folder.queue(guest)
            try scene.refuses(nil)
        }
    }
}

extension RelayScene {
    /// Waits with this certificate, as the log says.
    func wait(_ clients: ClientCertificate...) throws {
        for client in clients {
            #expect(try reply(to: client) == 550)
            try `operator`.waitUntilPending(client)
        }
    }

    /// `admit` approves nobody, and says why where the one that waits renews another one.
    func refuses(_ reason: String?, _ place: SourceLocation = #_sourceLocation) throws {
        let before = try trusted
        let done = try trustctl("admit")
        #expect(done.exitCode == 0 && !done.output.contains("done:"), "\(done)", sourceLocation: place)
        if let reason {
            #expect(done.errors.contains("but you must decide: ") && done.errors.contains(reason), "\(done)", sourceLocation: place)
        } else {
            #expect(!done.errors.contains("but you must decide"), "\(done)", sourceLocation: place)
        }
        #expect(try trusted == before, sourceLocation: place)
    }
}
