import Testing
import TrustCore

@testable import EximControl

@Suite("What Exim says of a message's way and end")
struct EximRouteTests {
    @Test("exim -bt: router, transport and hosts") func route() {
        let routes = EximRoute.all(
            in: """
                postmaster@check.invalid
                  router = smarthost, transport = remote_smtp_smarthost
                  host relay.example [192.0.2.25] port=587
                  host relay.example [2001:db8::25] MX=10 port=587
                """)
        #expect(routes.map(\.router) == ["smarthost"] && routes.map(\.transport) == ["remote_smtp_smarthost"])
        #expect(routes.first?.hosts.map(\.address) == ["192.0.2.25", "2001:db8::25"])
        #expect(routes.first?.hosts.map(\.port) == [587, 587])
        #expect(EximRoute.all(in: "bob@x.example is undeliverable: Mailing to remote domains not supported\n").isEmpty)
        #expect(EximRoute.all(in: "a@b\n  router = local_user, transport = mail_spool\n").first?.hosts == [])
    }

    private static let delivered = """
        LOG: MAIN
          <= alice@laptop U=root P=local S=300
        delivering 1abc
        Connecting to relay.example [192.0.2.25]:25 ... connected
          SMTP<< 220 relay.example ESMTP
        LOG: MAIN
          => bob@remote.example R=smarthost T=t H=relay.example [192.0.2.25] X=TLS1.3:x:256 CV=yes DN="CN=relay.example" C="250 OK"
        LOG: MAIN
          Completed
        """

    @Test("exim -v: each end of a message, and only that of the recipient") func delivery() {
        func outcome(_ text: String) -> EximDelivery.Outcome { EximDelivery(recipient: "bob@remote.example", from: text).outcome }
        #expect(outcome(Self.delivered) == .delivered(verified: true))
        #expect(outcome(Self.delivered.replacing("CV=yes", with: "CV=no")) == .delivered(verified: false))
        #expect(outcome(Self.delivered.replacing("=> bob", with: "=> carol")) == .untold)
        #expect(
            outcome("LOG: MAIN\n  == bob@remote.example R=s T=t defer (-37): TLS session: x\n")
                == .waits("R=s T=t defer (-37): TLS session: x"))
        #expect(
            outcome("LOG: MAIN\n  ** bob@remote.example R=s T=t: 550 no\nLOG: MAIN\n  => alice@laptop <root@laptop> R=l T=m\n")
                == .refused("R=s T=t: 550 no"))
        #expect(outcome("") == .untold)
    }

    @Test("the attack: a relay answers with lines like Exim's own") func forged() {
        let text = """
            LOG: MAIN
              <= alice@laptop U=root P=local S=300
              SMTP<< 550-LOG: MAIN
                     => bob@remote.example R=s T=t H=relay X=TLS1.3 CV=yes
                     550 LOG: MAIN
            LOG: MAIN
              ** bob@remote.example R=s T=t H=relay [192.0.2.25]: 550-LOG: MAIN\\n550 => bob@remote.example X=TLS1.3 CV=yes\u{1B}[2J
            """
        let delivery = EximDelivery(recipient: "bob@remote.example", from: text)
        guard case .refused(let reason) = delivery.outcome else {
            Issue.record("\(delivery)")
            return
        }
        #expect(!reason.contains("\u{1B}") && !delivery.lines.contains { $0.description.contains("\u{1B}") })
    }
}
