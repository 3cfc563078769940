import Glibc
import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import Doctor
@testable import EximControl
@testable import Host
@testable import Trust
@testable import trustctl

/// The doctor's judgements on given facts. SystemTests try the gathering of facts on a real Exim.
@Suite("The doctor's judgements")
struct DoctorFindingsTests {
    private let mend = Remedies(
        folder: "/etc/trustd", certificates: "/etc/trustd/certs", main: "/etc/exim.conf", reload: "`reload`", start: "`start`",
        hasOwnRules: true)

    @Test("findings are sorted by severity without repetition, one paragraph each")
    func order() {
        let note = Finding(.note, "b", "B", "bb", mend: "`b`")
        let error = Finding(.error, "a", "A", "aa", mend: "`a`")
        let ordered = [note, error, note].ordered
        #expect(ordered == [error, note])
        #expect(ordered.hasError)
        #expect(![note].hasError)
        #expect(
            ordered.text(Style(for: -1))
                == "error: A [a]\n  aa\n  to fix it: `a`\n\nnote: B [b]\n  bb\n  to fix it: `b`\n")
        #expect([Finding]().text(Style(for: -1)) == "")
    }

    @Test(
        "a colon-separated fingerprint in a list is one item",
        arguments: [
            ("", []), (" : ", []), ("\(Some.a) : \(Some.b)", [Some.a, Some.b]),
            (Array(repeating: "a1", count: 32).joined(separator: ":"), [Array(repeating: "a1", count: 32).joined(separator: ":")]),
            (Array(repeating: "A1", count: 33).joined(separator: ":"), [Array(repeating: "A1", count: 32).joined(separator: ":"), "A1"]),
            ("12 : zz", ["12", "zz"]),
        ])
    func items(_ value: String, _ items: [String]) { #expect(ListValue(value).items == items) }

    @Test(
        "words of exactly 64 digits are found across pieces",
        arguments: [
            ("\(Some.a) \(Some.b)", [Some.a, Some.b]), ("x\(Some.a)", []), ("\(Some.a)0 ", []), (String(Some.a.dropLast()), []),
            (Some.a.lowercased(), []), ("{\(Some.a):\(Some.a)}", [Some.a]), ("_\(Some.a)", []), ("\0\(Some.a)\0", [Some.a]),
        ])
    func digests(_ text: String, _ found: [String]) {
        for size in [1, 7, 64, 1_000] {
            var search = DigestSearch()
            var digests: Set<String> = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                search.take(bytes[start..<min(start + size, bytes.count)], into: &digests)
            }
            search.end(into: &digests)
            #expect(digests == Set(found), "in pieces of \(size)")
        }
    }

    @Test(
        "the main log follows from Exim's log options",
        arguments: [
            ("/var/log/exim4/%slog", "/var/log/exim4/mainlog"), ("/var/log/exim/%slog-%D : syslog", "/var/log/exim/mainlog-%D"),
            ("syslog : /a/%s", "/a/main"), ("", "/spool/log/mainlog"), (": syslog", "/spool/log/mainlog"),
        ])
    func log(_ value: String, _ path: String) {
        let answers = EximAnswers(
            values: ["log_file_path": value, "spool_directory": "/spool"], version: "4.98.2", library: .gnuTLS, lookups: [])
        #expect(EximFindings(answers: answers, mend: mend, isLoggedBySyslog: false).log?.string == path)
        #expect(EximFindings(answers: answers, mend: mend, isLoggedBySyslog: false).findings.isEmpty)
    }

    @Test("an Exim too old, without TLS or with syslog only is a finding; a current one is not")
    func exim() {
        func ids(_ version: String, _ library: EximAnswers.TLSLibrary, _ log: String) -> [String] {
            let answers = EximAnswers(values: ["log_file_path": log], version: version, library: library, lookups: [])
            return EximFindings(answers: answers, mend: mend, isLoggedBySyslog: false).findings.map(\.id)
        }
        #expect(ids("4.94.2", .none, "syslog") == ["exim-too-old", "exim-without-tls", "log-to-syslog-only"])
        for version in ["4.96", "4.98.2", "4.100", "5.0", "4.99.1-RC2", "4.96-31-g123", ""] {
            #expect(ids(version, .openSSL, "/a/%s").isEmpty)
        }
    }

    @Test(
        "modes that are too open and wrong owners are findings with an exact command; stricter modes are not",
        arguments: [
            (0, 0, 0o644, nil, nil), (0, 0, 0o664, Finding.Severity.error, "`chmod 0644 /x`"), (0, 0, 0o600, nil, nil),
            (0, 0, 0o444, nil, nil), (0, 0, 0o440, nil, nil),
            (1, 0, 0o644, .error, "`chown root:root /x && chmod 0644 /x`"), (0, 1, 0o644, nil, nil),
            (0, 0, 0o4644, nil, nil),
        ] as [(UInt32, UInt32, UInt32, Finding.Severity?, String?)])
    func disk(owner: UInt32, group: UInt32, mode: UInt32, severity: Finding.Severity?, command: String?) {
        let rule = DiskFindings.Rule(path: "/x", isFolder: false, owner: 0, mode: 0o644, consequence: "c")
        let finding = DiskFindings.judge(rule, .init(owner: owner, group: group, mode: mode, isFolder: false))
        #expect(finding?.severity == severity)
        #expect(finding?.mend == command)
    }

    @Test(
        "a mode that keeps trustd from reading what it needs is an error; its group's bits suffice",
        arguments: [(0o644, 0, true), (0o640, 7, true), (0o640, 0, false), (0o600, 7, false), (0o444, 0, true)] as [(UInt32, UInt32, Bool)])
    func reader(mode: UInt32, group: UInt32, isWell: Bool) throws {
        var daemon = try #require(Account(named: "nobody"))
        (daemon.group, daemon.groups) = (7, [7])
        let rule = DiskFindings.Rule(path: "/x", isFolder: false, owner: 0, mode: 0o644, consequence: "c", reader: daemon)
        #expect((DiskFindings.judge(rule, .init(owner: 0, group: group, mode: mode, isFolder: false))?.severity == .error) == !isWell)
    }

    @Test(
        "a word of 64 digits is found wherever it begins, and nothing beside it is taken for one",
        arguments: [0, 1, 62, 63, 64, 65, 127, 200])
    func digestsAtAnyPlace(offset: Int) {
        let digest = String(repeating: "0A1B", count: 16)
        for (before, after) in [(".", "."), ("\0", "\0"), (":", "g"), ("a", "."), ("_", "."), ("F", "."), (".", "9"), ("", "")] {
            for filler in ["x.", "A.", "\0"] {
                let text = String(String(repeating: filler, count: offset).suffix(offset)) + before + digest + after + filler + filler
                let alone = text.split { !"0123456789ABCDEF".contains($0) }.contains { $0.count == 64 }
                let last = text.prefix(offset + before.count).last
                let isPart = last.map { $0.isLetter && !"ABCDEF".contains($0) || $0 == "_" } ?? false
                #expect(DigestSearch.digests(in: Array(text.utf8)) == (alone && !isPart ? [digest] : []), "\(text.debugDescription)")
            }
        }
    }

    @Test("what trustd itself says of a log, and its own unit, are in the findings", arguments: ["trustd", "trustd-mx"])
    func trustd(unit: String) throws {
        let facts = TrustdFindings.Facts(
            account: Account(named: "nobody"), isRunning: true, followed: nil, log: nil, configured: ["/x/mainlog"],
            isBehind: false, troubles: [("/x/mainlog", FollowerStatus.Log.stale)], readersGroup: "adm", hasSystemd: true, unit: unit,
            config: "/x/trustd.conf")
        let finding = try #require(TrustdFindings(facts: facts).findings.first { $0.id == "log-mounted-alone" })
        #expect(finding.severity == .error && finding.mend.hasSuffix("`systemctl restart \(unit)`"))
    }

    @Test("a file system that exchanges files by links is a note, one that cannot is an error")
    func exchange() {
        #expect(DiskFindings.judge(ExchangeSupport.atomic, "/x") == nil && DiskFindings.judge(nil as ExchangeSupport?, "/x") == nil)
        #expect(DiskFindings.judge(ExchangeSupport.byLinks, "/x")?.severity == .note)
        #expect(DiskFindings.judge(ExchangeSupport.none, "/x")?.id == "exchange-impossible")
    }

    @Test("a digest that the running Exim lacks or still has is a finding; unknown memory is not")
    func running() throws {
        let (a, b) = (try Some.fingerprint("A1"), try Some.fingerprint("B2"))
        func ids(_ digests: Set<String>?, asks: Bool? = true) -> [String] {
            DaemonFindings(
                daemons: [.init(pid: 1, digests: digests, asks: asks)], trusted: [a], wouldAsk: true, written: [Some.c], mend: mend
            ).findings.map { String($0.problem.split(separator: ") ").last?.prefix(22) ?? "") }
        }
        #expect(ids([Some.a]) == [])
        #expect(ids([Some.a, Some.c]) == [])
        #expect(ids(nil) == [])
        #expect(ids([]) == ["does not know \(Some.a.prefix(8))"])
        #expect(ids([Some.a, "\(b)"]) == ["STILL TRUSTS \(Some.b.prefix(9))"])
        #expect(ids([Some.a], asks: false) == ["does not ask clients f"])
        #expect(ids([Some.a], asks: nil) == [])
    }

    @Test("a lost hash link is an error with OpenSSL and a note with GnuTLS; approving mends it")
    func hashLinks() throws {
        let certificate = try Fixture.certificate("ec")
        let record = Record(fingerprint: certificate.fingerprint, state: .approved)
        func found(_ fault: HashedFolder.Fault?, _ library: EximAnswers.TLSLibrary = .openSSL) -> [Finding] {
            var verification = Verification(library: library)
            verification.faults[certificate.fingerprint] = fault
            return DirectoryFindings(
                directory: "/d", value: "/d/", configured: "/d", isSystems: false,
                files: [certificate.fingerprint: .init(name: "a.pem", certificate: certificate)], verification: verification,
                unreadable: [],
                approved: [record], now: .now, mend: mend
            ).findings
        }
        #expect(found(nil) == [])
        #expect(found(.noLink).map(\.id) == ["hash-link-missing"])
        #expect(found(.noLink).map(\.severity) == [.error])
        #expect(found(.noLink, .gnuTLS).map(\.severity) == [.note])
        let behind = found(.behind(name: "00000000.1", stop: "00000000.0", isMissing: true))
        let words = "/d/a.pem is not found by its hash link 00000000.1, because 00000000.0 is missing"
        #expect(behind.map { $0.problem.hasPrefix(words) } == [true])
        #expect(behind.map(\.mend) == ["`trustctl approve \(certificate.fingerprint)`"])
    }

    @Test("many findings of one kind are one, with their number and the first")
    func many() {
        let few = (0..<3).map { Finding(.error, "x", "P\($0)", "c", mend: "`m\($0)`") }
        #expect(few.summed("are wrong") == few)
        let many = (0..<1_200).map { Finding($0 % 2 == 0 ? .error : .warning, "x", "P\($0)", "c", mend: "`m\($0)`") }
        #expect(
            many.summed("are wrong") == [
                Finding(.error, "x", "600 are wrong, first: P0", "c", mend: "`m0`, and so on for the others"),
                Finding(.warning, "x", "600 are wrong, first: P1", "c", mend: "`m1`, and so on for the others"),
            ])
    }
}
