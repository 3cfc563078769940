import FoundationEssentials
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust

/// The relay's whole plan without a disk and without Exim: facts in, files or a refusal out.
@Suite("The relay's plan")
struct RelayPlanTests {
    private static let settings: FilePath = "/etc/trustd/trustd.conf"
    private static let list: FilePath = "/etc/trustd/relay_from_certs"
    private static let one = String(repeating: "A", count: 64)

    private func host(
        _ disk: [FilePath: String] = [:], folders: Set<FilePath> = ["/etc", "/etc/exim4", "/etc/trustd"], record: SetupRecord? = nil
    ) -> RelayPlan.Host {
        let files = ConfigurationFiles(
            record: record, now: { path throws(Failure) in disk[path].map { Array($0.utf8) } },
            exists: { disk[$0] != nil || folders.contains($0) }, resolved: { $0 })
        return .init(configuration: Configuration(), settings: Self.settings, files: files)
    }

    private func facts() -> SetupFacts {
        var facts = SetupFacts(main: "/etc/exim4/exim4.conf")
        facts.mainBytes = Array(
            """
            domainlist local_domains = @
            acl_smtp_rcpt = acl_check_rcpt
            begin acl
            acl_check_rcpt:
              require domains = +local_domains : +relay_to_domains
              accept

            """.utf8)
        facts.recipientACL = "acl_check_rcpt"
        facts.logs = "/var/log/exim4/%slog"
        return facts
    }

    private func plan(
        _ facts: SetupFacts, wanting way: WayOfTrust? = nil, on host: RelayPlan.Host, answering trial: DebianSetup.Trial? = nil
    ) throws -> RelayPlan {
        try RelayPlan.making(facts, wanting: way, on: host) { _, _, _ throws(Failure) in
            guard let trial else { throw Failure("Debian's generator is not called", .notSound) }
            return trial
        }
    }

    @Test("a new relay gets the list, the ACL, the missing folders, and last the main file")
    func new() throws {
        let plan = try plan(facts(), on: host())
        #expect(plan.files.map(\.path) == [Self.list, "/etc/trustd/exim/one-file/acl_fingerprints", "/etc/exim4/exim4.conf"])
        #expect(plan.files.map(\.isList) == [true, false, false] && plan.files[0].after == ListForm.macro.emptyFile)
        #expect(plan.folders == ["/etc/trustd/exim", "/etc/trustd/exim/one-file", "/etc/trustd/certs"])
        #expect(plan.way == .fingerprint && plan.touchesExim && plan.trusted == .listed([]) && plan.notes.isEmpty)
    }

    @Test("the way is the operator's, else an earlier setup's, else the one of Exim's TLS library")
    func ways() throws {
        var facts = facts()
        facts.library = .openSSL
        let earlier = SetupRecord(trust: .fingerprint, files: [], folders: [])
        #expect(try plan(facts, on: host()).way == .directory)
        #expect(try plan(facts, on: host(record: earlier)).way == .fingerprint)
        #expect(try plan(facts, wanting: .directory, on: host(record: earlier)).way == .directory)
    }

    @Test("trustd.conf gets what differs from its defaults, before the file that activates everything")
    func settings() throws {
        var facts = facts()
        facts.logs = "/var/log/exim/%s.log"
        let plan = try plan(facts, on: host([Self.settings: "# mine"]))
        let file = try #require(plan.files.dropLast().last)
        #expect(file.path == Self.settings)
        #expect(file.after == Array("# mine\n# Found by `trustctl setup`:\nlog = /var/log/exim/main.log\n".utf8))
        facts.logs = "syslog"
        #expect(throws: Failure.self) { try self.plan(facts, on: host()) }
    }

    @Test("a list that exists is kept, and the operator is told how many certificates may relay then")
    func existingList() throws {
        let plan = try plan(facts(), on: host([Self.list: "RELAY_FROM_CERTS = \(Self.one)\n"]))
        #expect(!plan.files.contains { $0.path == Self.list })
        #expect(plan.trusted?.listed?.map(\.description) == [Self.one])
        #expect(plan.notes == ["\(Self.list) exists already: a certificate in it may relay then"])
        #expect(throws: Failure.self) { try self.plan(facts(), on: host([Self.list: "RELAY_FROM_CERTS = ${lookup}\n"])) }
    }

    @Test("an Exim that trusts certificates already is not touched, and its way cannot be changed")
    func adopted() throws {
        var facts = facts()
        facts.listValue = ListValue(Self.one)
        facts.definition = "/etc/exim4/exim4.conf"
        facts.practice = .works(.fingerprint, logsStrangers: true)
        let plan = try plan(facts, on: host())
        #expect(plan.files.map(\.path) == [Self.settings] && !plan.touchesExim && plan.trusted?.listed?.map(\.description) == [Self.one])
        #expect(plan.files[0].after == Array("# Found by `trustctl setup`:\nlist = /etc/exim4/exim4.conf\n".utf8))
        #expect(throws: Failure.self) { try self.plan(facts, wanting: .directory, on: host()) }
        #expect(throws: Failure.self, "somebody has set the key") {
            try self.plan(facts, on: host([Self.settings: "list = /etc/other\n"]))
        }
    }

    @Test("Debian without a certificate gets one; with the administrator's own macro, instructions")
    func debian() throws {
        var facts = facts()
        let activator = DebianSetup.activator(isSplit: true)
        facts.debian = DebianSetup(isSplit: true, sources: [], activator: activator)
        var trial = DebianSetup.Trial(
            recipientACL: "${if x{/etc/trustd/exim/debian/unknown}}", verifyCertificates: "/etc/trustd/certs", tryVerifyHosts: "*",
            certificate: "/etc/exim4/exim.crt", isCertificateMissing: true)
        let plan = try plan(facts, on: host(), answering: trial)
        #expect(plan.files.last?.path == activator)
        #expect(plan.files.filter(\.isSecret).map(\.path) == ["/etc/trustd/exim/server.key"])
        trial.certificate = "/etc/mine.crt"
        for (change, reason) in [
            ({ $0.isCertificateMissing = true }, "MAIN_TLS_CERTIFICATE names /etc/mine.crt, which does not exist"),
            ({ $0.tryVerifyHosts = nil }, "MAIN_TLS_TRY_VERIFY_HOSTS makes Exim ask only “” for a certificate"),
            (
                { $0.recipientACL = "mine" },
                "MAIN_ACL_CHECK_RCPT names an ACL of your own, and trustctl does not change what it did not write"
            ),
        ] as [((inout DebianSetup.Trial) -> Void, String)] {
            var trial = trial
            change(&trial)
            let failure = #expect(throws: Failure.self) { try self.plan(facts, on: host(), answering: trial) }
            #expect(failure?.reason == "nothing has changed: \(reason)" && failure?.instructions != nil)
        }
    }

    @Test("a path that Exim would read as something else is refused")
    func paths() throws {
        var host = host()
        host = .init(configuration: host.configuration, settings: "/etc/a b/trustd.conf", files: host.files)
        #expect(throws: Failure.self) { try plan(facts(), on: host) }
    }
}
