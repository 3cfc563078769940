import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// What an approval says besides the certificate: how long it lasts, what it is called, what to remember of it.
@Suite("Ends, labels and notes of approvals")
struct TermsTests {
    @Test("an approval until a date ends there: it is named as STILL TRUSTED, and expire takes it out")
    func end() throws {
        try RelayScene.run { scene in
            let laptop = try scene.makeClient("laptop")
            let end = Timestamp(seconds: Timestamp.now.seconds + 5)
            let done = try scene.trustctl(
                "approve", "--certificate", laptop.certificate, "--label", "laptop", "--until", "\(end)", "--note", "lent to Bob", "--yes")
            #expect(done.exitCode == 0 && done.output == "done: approve \(laptop.fingerprint) (laptop), until \(end)\n", "\(done)")
            #expect(done.errors.contains("systemctl enable --now trustctl-expire.timer"), "\(done)")
            #expect(try scene.reply(to: laptop) == 250)
            #expect(try scene.trustctl("expire", "--yes").errors.contains("nothing to do"))
            let entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.until == "\(end)" && entry.note == "lent to Bob", "\(entry)")

            try waitUntil("the approval is over") { Timestamp.now > end }
            // Exim knows no such end.
            #expect(try scene.reply(to: laptop) == 250)
            let listed = try scene.trustctl("list", "--state", "approved")
            #expect(listed.output.contains("its approval ended on \(end.day), and it is STILL TRUSTED"), "\(listed)")
            #expect(try scene.trustctl("show", "laptop").output.contains("until          \(end), over: STILL TRUSTED\n"))
            let doctor = try scene.trustctl("doctor", "--json")
            #expect(doctor.output.contains("\"approval-over\"") && doctor.output.contains("STILL TRUSTED"), "\(doctor)")
            let again = try scene.trustctl("approve", "laptop", "--yes")
            #expect(again.exitCode == 65 && again.errors.contains("--until never"), "\(again)")

            let expired = try scene.trustctl("expire", "--yes")
            #expect(expired.exitCode == 0 && expired.output == "done: expire \(laptop.fingerprint) (laptop)\n", "\(expired)")
            #expect(try scene.reply(to: laptop) == 550)
            #expect(try scene.trustctl("show", "laptop").output.contains("note           lent to Bob\n") == false)

            // Its undo says that it would be taken out again.
            let undone = try scene.trustctl("undo", "2", "--yes")
            #expect(undone.exitCode == 0 && undone.errors.contains("the next `trustctl expire` takes it out again"), "\(undone)")
            #expect(try scene.trustctl("approve", "laptop", "--until", "never", "--yes").exitCode == 0)
            #expect(try scene.operator.entries("approved").first?.until == nil)
            #expect(try scene.trustctl("expire", "--yes").errors.contains("nothing to do"))
        }
    }

    @Test("label and note change what is said of an approved one, and undo gives back all of it")
    func labelAndNote() throws {
        try RelayScene.run { scene in
            let laptop = try scene.makeClient("laptop")
            try scene.approve(laptop, label: "laptop")
            #expect(try scene.trustctl("approve", "laptop", "--for", "90d", "--yes").exitCode == 0)
            let end = try #require(try scene.operator.entries("approved").first?.until)
            #expect(try scene.trustctl("note", "laptop", "replaces the old one", "--yes").exitCode == 0)
            let named = try scene.trustctl("label", "laptop", "bob's laptop", "--yes")
            #expect(named.exitCode == 0 && named.output.contains("(bob's laptop), until \(end)\n"), "\(named)")
            #expect(try scene.reply(to: laptop) == 250)
            var entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.label == "bob's laptop" && entry.until == end && entry.note == "replaces the old one", "\(entry)")

            #expect(try scene.trustctl("note", "bob's laptop", "--remove", "--yes").exitCode == 0)
            #expect(try scene.operator.entries("approved").first?.note == nil)
            for number in [5, 4, 3] { #expect(try scene.trustctl("undo", "\(number)", "--yes").exitCode == 0, "undo \(number)") }
            entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.label == "laptop" && entry.until == end && entry.note == nil, "\(entry)")
            let again = try scene.trustctl("undo", "4", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("nothing to do"), "\(again)")
            // A later decision said something else of it.
            #expect(try scene.trustctl("label", "laptop", "tablet", "--yes").exitCode == 0)
            #expect(try scene.trustctl("note", "tablet", "a note", "--yes").exitCode == 0)
            let late = try scene.trustctl("undo", "4", "--yes")
            #expect(late.exitCode == 65 && late.errors.contains("has another label, end or note now"), "\(late)")
            #expect(try scene.trustctl("undo", "9", "--yes").exitCode == 0)
            #expect(try scene.operator.entries("approved").map(\.note) == ["a note"])

            // A revoke and its undo.
            #expect(try scene.trustctl("revoke", "laptop", "--yes").exitCode == 0)
            #expect(try scene.operator.entries("revoked").first?.until == nil)
            #expect(try scene.trustctl("undo", "12", "--yes").exitCode == 0)
            entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.until == end && entry.note == "a note", "\(entry)")
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
        }
    }

    @Test("a label or a note of one that is not approved, and an end that is over, are refused")
    func refused() throws {
        try RelayScene.run { scene in
            let laptop = try scene.makeClient("laptop")
            let digits = "\(laptop.fingerprint)"
            for command in [["label", digits, "x"], ["note", digits, "x"]] {
                let outcome = try scene.operator.start(command + ["--yes"]).wait()
                #expect(outcome.exitCode == 65 && outcome.errors.contains("not known here, not approved"), "\(outcome)")
            }
            let usage = [
                ["approve", digits, "--until", "2020-01-01"], ["approve", digits, "--until", "soon"], ["approve", digits, "--for", "5s"],
                ["approve", digits, "--for", "1d", "--until", "2099-01-01"], ["approve", digits, "--note", "two\nlines"],
                ["label", digits], ["label", digits, "x", "--remove"], ["note", digits, String(repeating: "x", count: 201)],
                ["approve", "--renewals", "--until", "2099-01-01"], ["approve", digits, digits + "0", "--replaces", "x"],
            ]
            for command in usage {
                let outcome = try scene.operator.start(command + ["--yes"]).wait()
                #expect(outcome.exitCode == 64, "\(command): \(outcome)")
            }
            #expect(try scene.trusted.isEmpty)
        }
    }

    @Test("--replaces takes the new one in and the old one out at once, with label, end and note; undo turns it back")
    func replaces() throws {
        try RelayScene.run { scene in
            let (old, new) = (try scene.makeClient("laptop"), try scene.makeClient("desktop"))
            #expect(
                try scene.trustctl(
                    "approve", "--certificate", old.certificate, "--label", "bob", "--until", "2098-12-31", "--note", "x", "--yes"
                ).exitCode == 0)
            _ = try scene.startDaemon()
            try scene.folder.makeFolder("clients/laptop-2")
            let next = try ClientCertificate("clients/laptop-2/laptop", in: scene.folder, keyOf: old)
            #expect(try scene.reply(to: next) == 550)
            try scene.operator.waitUntilPending(next)
            let card = try scene.trustctl("show", "\(next.fingerprint)").output
            #expect(card.contains("may replace    bob: --replaces \("\(old.fingerprint)".prefix(16))\n"), "\(card)")

            let nobody = try scene.trustctl("approve", "\(next.fingerprint)", "--replaces", "\(new.fingerprint)", "--yes")
            #expect(nobody.exitCode == 65 && nobody.errors.contains("is not approved, so nothing can replace it"), "\(nobody)")
            #expect(try scene.trusted == ["\(old.fingerprint)"])

            let done = try scene.trustctl("approve", "\(next.fingerprint)", "--replaces", "bob", "--yes")
            #expect(done.exitCode == 0, "\(done)")
            #expect(
                done.output
                    == "done: approve \(next.fingerprint) (bob), until 2098-12-31T23:59:59Z\ndone: revoke \(old.fingerprint) (bob), replaced\n",
                "\(done)")
            #expect(try scene.trustctl("show", "\(old.fingerprint)").output.contains("revoked "))
            #expect(try scene.reply(to: next) == 250)
            #expect(try scene.reply(to: old) == 550)
            #expect(try scene.operator.entries("approved").map(\.note) == ["x"])
            #expect(File.names(in: scene.folder("ledger/denied-keys")).isEmpty)
            // Seen again, it is told what became of it.
            #expect(try scene.reply(to: old) == 550)
            try scene.operator.waitUntilPending(old)
            #expect(try scene.trustctl("list").output.contains("it was replaced on "))

            #expect(try scene.trustctl("undo", "2", "--yes").exitCode == 0)
            #expect(try scene.reply(to: old) == 250)
            #expect(try scene.reply(to: next) == 550)
            let entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.label == "bob" && entry.until == "2098-12-31T23:59:59Z" && entry.note == "x", "\(entry)")
        }
    }

    @Test("a renewal inherits the end, and nothing is renewed beyond it")
    func renewal() throws {
        try RelayScene.run { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            let end = Timestamp(seconds: Timestamp.now.seconds + 20)
            #expect(
                try scene.trustctl("approve", "--certificate", laptop.certificate, "--until", "\(end)", "--label", "laptop", "--yes")
                    .exitCode == 0)
            _ = try scene.startDaemon()
            for name in ["first", "second"] {
                try scene.folder.makeFolder("clients/\(name)")
                let next = try ClientCertificate("clients/\(name)/laptop", in: scene.folder, keyOf: laptop)
                #expect(try scene.reply(to: next) == 550)
                try scene.operator.waitUntilPending(next)
                if name == "first" {
                    let done = try scene.trustctl("approve", "--renewals", "--yes")
                    #expect(done.output.contains("done: approve \(next.fingerprint) (laptop), until \(end)\n"), "\(done)")
                } else {
                    try waitUntil("the approval is over") { Timestamp.now > end }
                    let none = try scene.trustctl("approve", "--renewals", "--yes")
                    #expect(none.exitCode == 0 && none.errors.contains("nothing to do"), "\(none)")
                }
            }
        }
    }

    @Test("history leaves out what was not asked for, and dates each decision by when it was done")
    func history() throws {
        try RelayScene.run { scene in
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            try scene.approve(alice, label: "alice")
            try scene.approve(bob, label: "bob")
            #expect(try scene.trustctl("label", "alice", "carol", "--yes").exitCode == 0)
            func numbers(_ arguments: String...) throws -> [String] {
                let outcome = try scene.operator.start(["history"] + arguments).wait()
                #expect(outcome.exitCode == 0, "\(outcome)")
                return outcome.output.split(separator: "\n").filter { $0.first?.isNumber ?? false }.map {
                    String($0.prefix { $0.isNumber })
                }
            }
            #expect(try numbers() == ["1", "2", "3"])
            #expect(try numbers("--about", "carol") == ["1", "3"])
            #expect(try numbers("--label", "alice") == ["1", "3"])
            #expect(try numbers("--label", "bob") == ["2"])
            #expect(try numbers("--by", "nobody").isEmpty)
            #expect(try numbers("--by", "root") == ["1", "2", "3"] || numbers("--by", "root").isEmpty == false)
            #expect(try numbers("--since", "1h", "--until", Timestamp.now.day) == ["1", "2", "3"])
            #expect(try numbers("--until", "2020-01-01").isEmpty)
            #expect(try scene.trustctl("history", "--verify", "--label", "x").exitCode == 64)
            let json = try scene.trustctl("history", "--json", "--label", "bob")
            #expect(json.output.contains("\"done_at\" : \"20") && json.output.components(separatedBy: "\"number\"").count == 2, "\(json)")
        }
    }
}
