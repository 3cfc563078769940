import Glibc
import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import Doctor
@testable import EximControl
@testable import Trust
@testable import trustctl

/// The judgements of the doctor, on facts that are given; what makes the facts is tried on a real Exim in SystemTests.
@Suite("Doctor's judgements")
struct DoctorFindingsTests {
    private let mend = Remedies(folder: "/etc/trustd", certificates: "/etc/trustd/certs", main: "/etc/exim.conf", reload: "`reload`")

    @Test("the worst finding comes first, each only once, as a paragraph")
    func order() {
        let note = Finding(.note, "b", "B", "bb", mend: "`b`")
        let error = Finding(.error, "a", "A", "aa", mend: "`a`")
        let ordered = [note, error, note].ordered
        #expect(ordered == [error, note])
        #expect(ordered.hasError)
        #expect(![note].hasError)
        #expect(
            ordered.text(Style(for: -1))
                == "error: A [a]\n  aa\n  to mend it: `a`\n\nnote: B [b]\n  bb\n  to mend it: `b`\n")
        #expect([Finding]().text(Style(for: -1)) == "")
    }

    @Test(
        "a fingerprint written with colons is one item of the list",
        arguments: [
            ("", []), (" : ", []), ("\(Some.a) : \(Some.b)", [Some.a, Some.b]),
            (Array(repeating: "a1", count: 32).joined(separator: ":"), [Array(repeating: "a1", count: 32).joined(separator: ":")]),
            (Array(repeating: "A1", count: 33).joined(separator: ":"), [Array(repeating: "A1", count: 32).joined(separator: ":"), "A1"]),
            ("12 : zz", ["12", "zz"]),
        ])
    func items(_ value: String, _ items: [String]) { #expect(ListValue(value).items == items) }

    @Test(
        "words of exactly 64 digits are found, also across chunks",
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
        "Exim's main log follows from its own options",
        arguments: [
            ("/var/log/exim4/%slog", "/var/log/exim4/mainlog"), ("/var/log/exim/%slog-%D : syslog", "/var/log/exim/mainlog-%D"),
            ("syslog : /a/%s", "/a/main"), ("", "/spool/log/mainlog"), (": syslog", "/spool/log/mainlog"),
        ])
    func log(_ value: String, _ path: String) {
        let answers = EximAnswers(values: ["log_file_path": value, "spool_directory": "/spool"], version: "4.98.2", library: .gnuTLS)
        #expect(EximFindings(answers: answers, mend: mend).log?.string == path)
        #expect(EximFindings(answers: answers, mend: mend).findings.isEmpty)
    }

    @Test("no TLS, an old version and syslog only are three findings")
    func exim() {
        func ids(_ version: String, _ library: EximAnswers.TLSLibrary, _ log: String) -> [String] {
            EximFindings(answers: EximAnswers(values: ["log_file_path": log], version: version, library: library), mend: mend).findings.map(
                \.id)
        }
        #expect(ids("4.94.2", .none, "syslog") == ["exim-too-old", "exim-without-tls", "log-to-syslog-only"])
        for version in ["4.96", "4.98.2", "4.100", "5.0", "4.99.1-RC2", "4.96-31-g123", ""] {
            #expect(ids(version, .openSSL, "/a/%s").isEmpty)
        }
    }

    @Test(
        "owners and modes: too strict and too lax are found, with the exact command",
        arguments: [
            (0, 0, 0o644, nil, nil), (0, 0, 0o664, Finding.Severity.error, "`chmod 0644 /x`"), (0, 0, 0o600, .error, "`chmod 0644 /x`"),
            (1, 0, 0o644, .error, "`chown root:root /x && chmod 0644 /x`"), (0, 1, 0o644, nil, nil),
            (0, 0, 0o4644, nil, nil),
        ] as [(UInt32, UInt32, UInt32, Finding.Severity?, String?)])
    func disk(owner: UInt32, group: UInt32, mode: UInt32, severity: Finding.Severity?, command: String?) {
        let rule = DiskFindings.Rule(path: "/x", isFolder: false, owner: 0, mode: 0o644, consequence: "c")
        let finding = DiskFindings.judge(rule, .init(owner: owner, group: group, mode: mode, isFolder: false))
        #expect(finding?.severity == severity)
        #expect(finding?.mend == command)
    }

    @Test("a daemon with an older list is found; digests that are in the files do not count")
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

    @Test("with OpenSSL a missing hash link is found; GnuTLS needs none")
    func hashLinks() throws {
        let certificate = try Fixture.certificate("ec")
        let record = Record(fingerprint: certificate.fingerprint, state: .approved)
        func found(_ links: [String]?) -> [Finding] {
            DirectoryFindings(
                directory: "/d", value: "/d", configured: "/d", isSystems: false,
                files: [certificate.fingerprint: .init(name: "a.pem", certificate: certificate)], links: links, unreadable: [],
                approved: [record],
                now: .now, mend: mend
            ).findings
        }
        #expect(found(nil) == [])
        #expect(found(["a.pem", "\(certificate.subjectHash).0"]) == [])
        #expect(found(["a.pem", "00000000.0"]).map(\.id) == ["hash-link-missing"])
        #expect(found(["a.pem"]).map(\.mend) == ["`ln -s a.pem /d/\(certificate.subjectHash).0`"])
    }
}
