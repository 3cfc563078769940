import Testing
import TrustCore

@testable import Certificates
@testable import Doctor
@testable import EximControl
@testable import trustctl

/// Facts in, mail out.
@Suite("The mail of notify: what is told, when, and in which words")
struct DigestTests {
    private static let now = Timestamp(seconds: 1_795_000_000)

    private static func fingerprint(_ number: Int) throws -> Fingerprint {
        try Fingerprint(exactly: ("\(1_000_000_000_000_000 + number)" + String(repeating: "A", count: 48)).utf8)
    }

    private static func waiting(_ number: Int, _ subject: String? = nil, secondsAgo: Int64 = 60) throws -> NotifyFacts.Waiting {
        .init(
            fingerprint: try fingerprint(number), firstSeen: Timestamp(seconds: now.seconds - secondsAgo),
            details: .init(sightings: 2, from: "192.0.2.7", subject: subject))
    }

    private static func facts(_ change: (inout NotifyFacts) throws -> Void) rethrows -> NotifyFacts {
        var facts = NotifyFacts(now: now, host: "relay.example")
        facts.decisions = 0
        try change(&facts)
        return facts
    }

    private static func digest(_ facts: NotifyFacts) -> Digest { Digest(facts.tidings, facts, settings: "/etc/trustd/trustd.conf") }

    private func mail(_ digest: Digest) throws -> Mail {
        Mail(
            from: try #require(MailAddress("trustd@relay.example")), to: try #require(MailAddress("ops@relay.example")),
            subject: digest.subject, date: Self.now, text: digest.lines)
    }

    @Test("a certificate is told at 30, 7 and 1 days before its end, and each only once")
    func ends() throws {
        var told = Told()
        var steps: [Int64] = []
        for hours in stride(from: Int64(40 * 24), to: -48, by: -6) {
            let facts = try Self.facts { facts in
                facts.ending = [
                    .init(fingerprint: try Self.fingerprint(1), label: "bob", ends: Timestamp(seconds: Self.now.seconds + hours * 3_600))
                ]
            }
            let news = told.news(among: facts.tidings)
            if !news.isEmpty { steps.append(hours / 24) }
            told = news.isEmpty ? told.pruned(to: facts.tidings, facts) : told.telling(facts.tidings, news, facts, every: 900)
        }
        #expect(steps == [30, 7, 1])
        // One that is first seen five days before its end is told at once, and then at one day.
        let facts = try Self.facts { facts in
            facts.ending = [.init(fingerprint: try Self.fingerprint(1), ends: Timestamp(seconds: Self.now.seconds + 5 * 86_400))]
        }
        #expect(Told().news(among: facts.tidings).count == 1)
        #expect(Self.digest(facts).subject == "trustd: 1 ending")
    }

    @Test("the first mail goes at once; then the time between two doubles up to a day, until somebody decides")
    func interval() throws {
        var told = Told()
        var clock = Self.now.seconds
        var pauses: [Int64] = []
        for number in 0..<10 {
            var facts = try Self.facts { $0.pending = try (0...number).map { try Self.waiting($0) } }
            facts = NotifyFacts(now: Timestamp(seconds: clock), pending: facts.pending, decisions: 0)
            let news = told.news(among: facts.tidings)
            #expect(news.count == 1)
            let due = told.due(news, facts, every: 900)
            if number > 0 { pauses.append(due.seconds - clock) } else { #expect(due.seconds == clock) }
            clock = due.seconds
            facts = NotifyFacts(now: due, pending: facts.pending, decisions: 0)
            told = told.telling(facts.tidings, news, facts, every: 900)
        }
        #expect(pauses == [900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600, 86_400, 86_400])
        let decided = try NotifyFacts(now: Timestamp(seconds: clock), pending: [Self.waiting(99)], decisions: 1)
        #expect(told.due(told.news(among: decided.tidings), decided, every: 900).seconds == clock + 900)
        // A clock that was set back silences nobody.
        let back = try NotifyFacts(now: Self.now, pending: [Self.waiting(99)], decisions: 0)
        #expect(told.due(told.news(among: back.tidings), back, every: 900) == Self.now)
    }

    @Test("the attack: a flood of certificates does not delay that one is STILL TRUSTED")
    func urgent() throws {
        let told = Told(lastMail: Self.now, pause: 86_400, decisions: 0)
        let facts = try Self.facts { facts in
            facts.pending = [try Self.waiting(1)]
            facts.stillTrusted = [.init(fingerprint: try Self.fingerprint(2), why: "revoked on 2026-11-20 by root")]
        }
        #expect(told.due(told.news(among: facts.tidings), facts, every: 900).seconds == Self.now.seconds + 900)
        #expect(Self.digest(facts).lines[2].hasPrefix("STILL TRUSTED: 1 certificate"))
    }

    @Test("what is over and comes back is told again, and what cannot be looked at is not forgotten")
    func again() throws {
        let problem = NotifyFacts.Trouble(kind: .follower, name: "follower", text: "no trustd follows the log", hint: nil)
        let down = Self.facts { $0.troubles = [problem] }
        var told = Told().telling(down.tidings, down.tidings, down, every: 900)
        #expect(told.news(among: down.tidings).isEmpty)
        let up = Self.facts { _ in }
        told = told.pruned(to: up.tidings, up)
        #expect(told.news(among: down.tidings).count == 1)

        let waits = try Self.facts { $0.pending = [try Self.waiting(1)] }
        told = Told().telling(waits.tidings, waits.tidings, waits, every: 900)
        let blind = Self.facts { $0.unknown = [.pending] }
        told = told.pruned(to: blind.tidings, blind)
        #expect(told.news(among: waits.tidings).isEmpty)
        #expect(Told(decoding: told.encoded) == told)
        #expect(Told(decoding: Array(told.encoded.dropLast(5))) == nil)
    }

    @Test("more refusals for lack of room and more errors of the doctor are news; fewer are not")
    func growing() throws {
        func facts(_ refused: Int64, _ errors: Int) -> NotifyFacts {
            Self.facts { facts in
                facts.refused = refused
                let error = Finding(.error, "owner-or-mode", "p\(errors)", "c", mend: "m")
                facts.doctor = KeptFindings([Finding](repeating: error, count: errors), at: Self.now)
            }
        }
        let told = Told().telling(facts(5, 2).tidings, facts(5, 2).tidings, facts(5, 2), every: 900)
        #expect(told.news(among: facts(5, 2).tidings).isEmpty)
        #expect(told.news(among: facts(6, 2).tidings).map(\.kind) == [.room])
        #expect(told.news(among: facts(5, 3).tidings).map(\.kind) == [.doctor])
        let fewer = told.pruned(to: facts(2, 1).tidings, facts(2, 1))
        #expect(fewer.news(among: facts(3, 1).tidings).map(\.kind) == [.room])
    }

    @Test("at most 20 entries, the newest first; the others are counted")
    func many() throws {
        let facts = try Self.facts { facts in
            facts.pending = try (0..<1_000).map { try Self.waiting($0, "CN=one", secondsAgo: Int64(5_000 - $0)) }
            facts.stillTrusted = [.init(fingerprint: try Self.fingerprint(5_000), label: "bob", why: "revoked on 2026-11-20 by root")]
        }
        let digest = Self.digest(facts)
        #expect(digest.subject == "trustd: 1 STILL TRUSTED, 1000 new")
        let entries = digest.lines.filter { $0.hasPrefix("  1000000000") }
        #expect(entries.count == 20 && entries[1] == "  1000000000000999", "\(entries)")
        #expect(digest.lines.contains("  and 981 more") && digest.lines.contains("  type:  trustctl review"))
        #expect(digest.lines.allSatisfy { $0.utf8.count <= 78 }, "\(digest.lines)")
        #expect(digest.lines.contains("    type:  trustctl revoke 1000000000005000"))
    }

    @Test("the attack: a subject cannot end its quotation, begin a line or a header, or become a link")
    func hostileSubject() throws {
        let subject = "CN=x\"\r\n\r\n.\r\nMAIL FROM:<a@b>\r\nBcc: all@example.org trustctl approve 1 https://evil.example www.evil.example"
        let facts = try Self.facts { $0.pending = [try Self.waiting(1, Printable(subject, limit: 100).description)] }
        let mail = try mail(Self.digest(facts))
        let wire = String(decoding: SMTPDialogue.wire(mail.lines), as: UTF8.self)
        let lines = wire.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.filter { $0 == "." }.count == 1 && lines.suffix(2) == [".", ""], "\(wire)")
        #expect(!lines.contains { $0.hasPrefix("Bcc:") || $0.hasPrefix("MAIL FROM") })
        let quoted = try #require(mail.text.first { $0.contains("CN=x") })
        #expect(quoted.hasPrefix("    \"CN=x\\u{22}\\u{D}\\u{A}") && quoted.filter { $0 == "\"" }.count == 2, "\(quoted)")
        #expect(!wire.contains("://") && "\(QuotedText("see www.evil.example"))" == "\"see www[.]evil.example\"")
    }

    @Test("all of a mail is ASCII in short lines, and says in UTF-8 what is not", arguments: ["CN=Jürgen", "CN=日本語", "CN=plain"])
    func encoding(subject: String) throws {
        let facts = try Self.facts { $0.pending = [try Self.waiting(1, subject)] }
        let lines = try mail(Self.digest(facts)).lines
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } }, "\(lines)")
        let isPlain = subject == "CN=plain"
        #expect(lines.contains("Content-Transfer-Encoding: \(isPlain ? "7bit" : "quoted-printable")"))
        #expect(Mail.quotedPrintable("a=ü ") == ["a=3D=C3=BC=20"])
        let long = Mail.quotedPrintable(String(repeating: "é", count: 100))
        #expect(long.count == 8 && long.dropLast().allSatisfy { $0.hasSuffix("=") && $0.utf8.count <= 76 })
        #expect(String(decoding: SMTPDialogue.wire([".a", "", "b\u{0}\n.\n"]), as: UTF8.self) == "..a\r\n\r\nb??.?\r\n.\r\n")
        #expect(SMTPDialogue.wire([String(repeating: "x", count: 2_000)]).count == 998 + 5)
    }

    @Test("the header is fixed: a thread of its own, no reply wanted, the same Message-ID for the same text")
    func header() throws {
        let facts = try Self.facts { $0.pending = [try Self.waiting(1, "CN=carol")] }
        let (one, again) = (try mail(Self.digest(facts)), try mail(Self.digest(facts)))
        #expect(one.id == again.id && one.id.hasSuffix("@relay.example>"))
        #expect(
            one.lines.prefix { !$0.isEmpty } == [
                "From: trustd <trustd@relay.example>", "To: <ops@relay.example>", "Subject: trustd: 1 new",
                "Date: Wed, 18 Nov 2026 11:06:40 +0000",
                "Message-ID: \(one.id)", "In-Reply-To: <trustd.notify@relay.example>", "References: <trustd.notify@relay.example>",
                "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=us-ascii",
                "Content-Transfer-Encoding: 7bit",
            ], "\(one.lines)")
        let other = try Self.facts { $0.pending = [try Self.waiting(1, "CN=carol"), try Self.waiting(2, "CN=dave")] }
        #expect(try mail(Self.digest(other)).id != one.id)
    }

    @Test("every kind has its words and a command to type")
    func kinds() throws {
        let facts = try Self.facts { facts in
            facts.pending = [try Self.waiting(1, "CN=carol"), try Self.waiting(2, "CN=dave")]
            facts.pending[1].details?.renews = ("bob", Timestamp(seconds: Self.now.seconds + 86_400))
            facts.troubles = [
                .init(kind: .follower, name: "follower", text: "no trustd follows the log", hint: "systemctl status trustd"),
                .init(kind: .trouble, name: "list", text: "the trust list is missing", hint: "trustctl doctor"),
            ]
            facts.doctor = KeptFindings([Finding(.error, "owner-or-mode", "p", "c", mend: "m")], at: Self.now)
            let hour = Timestamp(seconds: Self.now.seconds - 3_600)
            let later = Timestamp(seconds: Self.now.seconds + 3_600)
            facts.invitations = [
                .init(name: "0011223344556677", label: "eve", made: hour, expires: later),
                .init(name: "8899AABBCCDDEEFF", made: hour, expires: later, isClosed: true),
            ]
            facts.ending = [.init(fingerprint: try Self.fingerprint(3), label: "frank", ends: later)]
            facts.stillTrusted = [.init(fingerprint: try Self.fingerprint(4), why: "revoked on 2026-11-20 by root")]
            facts.refused = 3
        }
        let digest = Self.digest(facts)
        #expect(
            digest.subject
                == "trustd: 1 STILL TRUSTED, 1 out of order, log not followed, doctor 1, 1 invitation closed, 1 new, 1 renewal, 1 invited, 1 ending, queue full"
        )
        for command in [
            "trustctl revoke 1000000000000004", "trustctl doctor", "systemctl status trustd", "trustctl invite --list", "trustctl review",
            "trustctl show 1000000000000001", "trustctl approve --renewals", "trustctl list --state approved", "trustctl list --sort count",
        ] { #expect(digest.lines.contains { $0.hasSuffix(" \(command)") }, "\(command) in \(digest.lines)") }
        // An invitation that was made a moment ago is not news to who has made it.
        let young = Self.facts { $0.invitations = [.init(name: "0011223344556677", made: Self.now, expires: Self.now)] }
        #expect(young.tidings.isEmpty)
    }
}
