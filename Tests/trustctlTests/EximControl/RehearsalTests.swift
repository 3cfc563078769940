import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import EximControl
@testable import Host

/// Sessions with a real Exim.
@Suite("Rehearsal")
struct RehearsalTests {
    private func identity(_ name: String = "client", expired: Bool = false) throws -> Identity {
        let key = try PrivateKey()
        var draft = CertificateDraft(.client, commonName: name, days: 30)
        if expired { draft.notAfter = Timestamp(seconds: draft.notBefore.seconds + 60) }
        return Identity(certificate: try draft.selfSigned(with: key), key: key)
    }

    private func program(_ scene: RelayScene) throws -> EximProgram {
        let file = FilePath(scene.folder("etc/trustd.conf"))
        return try EximProgram(Configuration(parsing: scene.folder.read("etc/trustd.conf"), file: file), scratch: scene.folder.path)
    }

    private func trusting(_ fingerprint: Fingerprint) -> [Rehearsal.Macro] { [.init(name: "RELAY_FROM_CERTS", value: "\(fingerprint)")] }

    @Test("by fingerprint: unknown is logged and refused, listed accepted, expired refused")
    func byFingerprint() throws {
        try RelayScene.run { scene in
            let exim = try program(scene)
            let stranger = try identity()
            var rehearsal = Rehearsal(tls: .init(identity: stranger))
            let first = try rehearsal.hold(with: exim)
            #expect(first.greeting?.code == 220)
            #expect(first.offersTLS)
            #expect(first.tls?.askedForCertificate == true)
            #expect(first.tls?.version == "TLSv1.3")
            #expect(first.recipients.map(\.code) == [550])
            #expect(first.attempts.map(\.fingerprint) == [stranger.certificate.fingerprint])
            #expect(first.attempts.first?.address?.description == "192.0.2.77")
            #expect(first.attempts.first?.hasCertificate == true)
            #expect(first.failure == nil)

            rehearsal.macros = trusting(stranger.certificate.fingerprint)
            let second = try rehearsal.hold(with: exim)
            #expect(second.recipients.map(\.code) == [250])
            #expect(second.attempts == [])

            let old = try identity(expired: true)
            rehearsal.tls = .init(identity: old)
            rehearsal.macros = trusting(old.certificate.fingerprint)
            #expect(try rehearsal.hold(with: exim).recipients.map(\.code) == [550])

            // Nothing of it reached the log of the daemon or its queue.
            #expect(!scene.exim.logText.contains("rehearsal.invalid"))
        }
    }

    @Test("a client without a certificate is refused, whatever is in the list")
    func withoutCertificate() throws {
        try RelayScene.run { scene in
            let exim = try program(scene)
            var rehearsal = Rehearsal(recipients: ["a@rehearsal.invalid", "postmaster@relay.example"], tls: .init(identity: nil))
            rehearsal.macros = [.init(name: "RELAY_FROM_CERTS", value: Some.poison)]
            let encrypted = try rehearsal.hold(with: exim)
            #expect(encrypted.recipients.map(\.code) == [550, 250])
            #expect(encrypted.tls?.askedForCertificate == true)
            rehearsal.tls = nil
            let plain = try rehearsal.hold(with: exim)
            #expect(plain.recipients.map(\.code) == [550, 250])
            #expect(plain.tls == nil)
        }
    }

    @Test("by directory: a rehearsal can substitute another trust directory")
    func byDirectory() throws {
        var configuration = EximConfiguration()
        configuration.rules = .certificates
        try RelayScene.run(configuration) { scene in
            let exim = try program(scene)
            let client = try identity()
            var rehearsal = Rehearsal(tls: .init(identity: client))
            // Unverified: logged all the same, and refused also when the list has it.
            #expect(try rehearsal.hold(with: exim).attempts.map(\.fingerprint) == [client.certificate.fingerprint])
            rehearsal.macros = trusting(client.certificate.fingerprint)
            let listed = try rehearsal.hold(with: exim)
            #expect(listed.attempts == [] && listed.recipients.map(\.code) == [550])
            rehearsal.macros = []

            try scene.folder.makeFolder("other")
            try scene.folder.write("other/\(client.certificate.fingerprint).pem", client.certificate.pemText)
            rehearsal.substitutions = [
                .init(candidate: FilePath(scene.folder("other")), live: FilePath(scene.folder("etc/certs")))
            ]
            do {
                #expect(try rehearsal.hold(with: exim).attempts.map(\.fingerprint) == [client.certificate.fingerprint])
                rehearsal.macros = trusting(client.certificate.fingerprint)
                #expect(try rehearsal.hold(with: exim).recipients.map(\.code) == [250])
            } catch EximError.mountNotPermitted { print("note: no mount namespaces here") }
        }
    }

    @Test("the recipe's log line is read, also after a longer time stamp")
    func published() throws {
        var configuration = EximConfiguration()
        configuration.rules = .published
        configuration.before = "log_selector = +millisec +pid\nlog_timezone"
        try RelayScene.run(configuration) { scene in
            let client = try identity()
            try scene.folder.write("etc/certs/x.pem", client.certificate.pemText)
            let outcome = try Rehearsal(tls: .init(identity: client)).hold(with: try program(scene))
            #expect(outcome.attempts.map(\.fingerprint) == [client.certificate.fingerprint])
            #expect(outcome.attempts.first?.hasCertificate == false)
            #expect(outcome.attempts.first?.address == nil)
            #expect(outcome.recipients.map(\.code) == [550])
        }
    }

    @Test("a session that fails says why")
    func nothing() throws {
        var configuration = EximConfiguration()
        configuration.before = "host_reject_connection = 192.0.2.0/24"
        try RelayScene.run(configuration) { scene in
            let exim = try program(scene)
            let refused = try Rehearsal().hold(with: exim)
            #expect(refused.greeting?.code == 554)
            #expect(refused.recipients == [])
            let other = try Rehearsal(client: "203.0.113.77").hold(with: exim)
            #expect(other.recipients.map(\.code) == [550])

            // What Exim's user may not read is missing in a rehearsal, as it is in the daemon.
            chmod(scene.folder("server.key"), 0o600)
            #expect(try Rehearsal(client: "203.0.113.77").hold(with: exim).tlsFailure != nil)

            try scene.folder.write("exim.conf", "no_such_option = 1\n")
            #expect(throws: EximError.self) { try Rehearsal().hold(with: exim) }
        }
    }

    @Test(
        "only the rest of the time stamp is removed from a logged line",
        arguments: [
            ("Attempt to", "Attempt to"), ("636 +0000 [18842] Attempt", "Attempt"), ("+0200 Attempt", "Attempt"),
            ("[1] Attempt", "Attempt"),
            ("6366 Attempt", "6366 Attempt"), ("636", "636"), ("[x] Attempt", "[x] Attempt"), ("", ""),
            ("rejected 636 +0000", "rejected 636 +0000"),
        ])
    func stamps(_ line: String, _ message: String) { #expect(RehearsedAttempt.message(of: line) == message) }

    @Test(
        "only a line that has the whole form is an attempt",
        arguments: [
            "\(LogPhrase.text)\(Some.a) x", "\(LogPhrase.text)\(Some.a) [192.0.2.1] AAAA",
            "x\(LogPhrase.text)\(Some.a)",
            "\(LogPhrase.text)\(Some.poison)", "\(LogPhrase.text)\(Some.a) [x]", "\(LogPhrase.text)\(Some.a) ",
            "\(LogPhrase.text)\(Some.a) [192.0.2.1] ", "\(LogPhrase.text)",
        ])
    func noAttempts(_ line: String) { #expect(RehearsedAttempt(line) == nil) }
}
