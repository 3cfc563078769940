import Testing
import Trust
import TrustCore
import TrustTestSupport

@testable import trustctl

@Suite("What notify finds")
struct NotifyFactsTests {
    @Test("an approval past its end is STILL TRUSTED, once its timer had the time to take it out") func approvalOver() throws {
        try RelayScene.run { scene in
            let guest = try scene.makeClient("guest")
            let end = Timestamp(seconds: Timestamp.now.seconds + 86_400)
            let approved = try scene.trustctl(
                "approve", "--certificate", guest.certificate, "--label", "guest", "--until", "\(end)", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            let local = try LocalTrust(config: scene.operator.settings)
            func tidings(_ seconds: Int64) -> [Tiding] {
                NotifyFacts(local, Told(), now: Timestamp(seconds: end.seconds + seconds)).tidings
            }
            for early in [-60, 60, 1_200] as [Int64] { #expect(!tidings(early).contains { $0.kind == .stillTrusted }, "\(early)") }
            let told = try #require(tidings(1_201).first { $0.kind == .stillTrusted })
            #expect(told.name == "\(guest.fingerprint)" && told.lines.first?.hasSuffix(" (guest)") == true, "\(told)")
            #expect(told.lines.last == "its approval ended on \(end.day); `trustctl expire` takes it out", "\(told)")
        }
    }

    @Test("an invitation that waits is told by its label; its code is in no mail or dry run") func noCode() throws {
        try RelayScene.run(settings: "notify_to = ops@relay.example\nnotify_from = trustd@relay.example\n") { scene in
            let code = try scene.invite("--label", "laptop")
            let facts = NotifyFacts(
                try LocalTrust(config: scene.operator.settings), Told(), now: Timestamp(seconds: Timestamp.now.seconds + 1_801))
            let told = try #require(facts.tidings.first { $0.kind == .invitation })
            #expect(told.lines.first == "\"laptop\"", "\(told)")
            #expect(!"\(facts)".contains(code))
            let dry = try scene.trustctl("notify", "--dry-run")
            #expect(dry.exitCode == 0 && !dry.text.contains(code), "\(dry)")
        }
    }
}
