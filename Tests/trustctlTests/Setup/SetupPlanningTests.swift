import FoundationEssentials
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust

/// Planning without a disk: facts in, edits or an explanation out.
@Suite("Setup's planning")
struct SetupPlanningTests {
    private static let start = "domainlist local_domains = @\nacl_smtp_rcpt = acl_check_rcpt\n\n"
    private static let refusal = "  require message = relay not permitted\n          domains = +local_domains : +relay_to_domains\n"
    private static let acl = "acl_check_rcpt:\n  accept hosts = :\n\(refusal)  accept\n"

    private func place(_ text: String, named name: String = "acl_check_rcpt") -> Result<String, RecipientACL.NotUnderstood> {
        guard let outline = ConfigurationOutline(Array(text.utf8)) else { return .failure(.init(reason: "no outline")) }
        do {
            let place = try RecipientACL(named: name, in: outline).place
            return .success(
                String(decoding: Array(text.utf8)[place...].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self).trimmed.description)
        } catch { return .failure(error) }
    }

    @Test("the statement of Exim's default is found, in several spellings")
    func found() {
        for refusal in [
            Self.refusal, "  require domains = +relay_to_domains:+local_domains\n",
            "  require message = a \\\n     b\n  # why\n          log_message = c\n\n          domains = +local_domains : \\\n     +relay_to_domains\n",
        ] {
            let found = place(Self.start + "begin acl\n" + Self.acl.replacing(Self.refusal, with: refusal))
            #expect((try? found.get())?.hasPrefix("require") == true, "\(found)")
        }
    }

    @Test(
        "an ACL that is not understood is refused",
        arguments: [
            "begin acl\nother:\n  accept\n",
            "begin acl\n" + acl.replacing("require", with: "deny"),
            "begin acl\n" + acl + acl,
            "begin acl\n" + acl.replacing(refusal, with: refusal + refusal),
            "begin acl\n" + acl.replacing(refusal, with: ".ifdef X\n" + refusal + ".endif\n"),
            "begin acl\n" + acl.replacing(refusal, with: refusal.replacing("          domains", with: ".ifdef X\n domains") + ".endif\n"),
            "begin acl\n" + acl.replacing(refusal, with: "  .include /etc/other\n" + refusal),
            "begin acl\n" + acl.replacing(refusal, with: "  MY_RULES\n" + refusal),
            "begin acl\n" + acl.replacing(refusal, with: refusal + "          hosts = 10.0.0.0/8\n"),
            "begin acl\n" + acl.replacing("+relay_to_domains", with: "+relay_to_domains : +more"),
            "begin acl\n" + acl.replacing("= +local_domains", with: "= !+local_domains"),
            ".ifdef X\nbegin acl\n" + acl + ".endif\n",
            "begin routers\n" + acl,
            "begin acl\n" + acl + "  accept \\\n.ifdef X\n  hosts = :\n.endif\n",
            "begin acl\n" + acl + "  accept hosts = a : \\",
        ])
    func notUnderstood(text: String) {
        #expect((try? place(Self.start + text).get()) == nil)
    }

    @Test("in one file, both insertions are made, and an option that is set is not added again")
    func oneFile() throws {
        var facts = SetupFacts(main: "/etc/exim/exim.conf")
        facts.mainBytes = Array((Self.start + "begin acl\n\n" + Self.acl).utf8)
        facts.recipientACL = "acl_check_rcpt"
        facts.setOptions = [SetupFacts.tryVerify]
        let files = try OneFileSetup.plan(facts, .fingerprint, Snippets(places: SetupPlaces()))
        let text = String(decoding: try #require(files.last).after, as: UTF8.self)
        #expect(
            text == Self.start
                + """
                # Which certificates may relay (trustctl setup).
                TRUSTD_TRUST = fingerprint
                TRUSTD_RULES = 2
                .include /etc/trustd/relay_from_certs
                tls_verify_certificates = /etc/trustd/certs/

                begin acl

                acl_check_rcpt:
                  accept hosts = :
                  # Who may relay by certificate, and who tried (trustctl setup).
                  .include /etc/trustd/exim/one-file/acl_fingerprints
                \(Self.refusal)  accept

                """)
        facts.recipientACL = "${if eq{1}{1}{a}{b}}"
        #expect(throws: ByHand.self) { try OneFileSetup.plan(facts, .fingerprint, Snippets(places: SetupPlaces())) }
    }

    @Test("our block can be appended to any file and removed again")
    func blocks() {
        let block = "# ours\n.include /x\n"
        for text in ["", "A = 1\n", "A = 1", "A = 1 \\\n", "A = 1 \\", "A = 1 \\\\\n", "A = 1 \\ \\ \\\n", "# c \\\n", "A = 1 \\\n# c\n"] {
            let with = OwnBlock.appended(block, to: Array(text.utf8))
            let outline = ConfigurationOutline(with)
            #expect(outline?.lines.contains { $0.directive == .include && $0.text == ".include /x" } == true, "\(text)")
            #expect(
                OwnBlock.removed(block, from: with + Array("B = 2\n".utf8)).map { String(decoding: $0, as: UTF8.self) }?.hasSuffix(
                    "B = 2\n") == true)
            #expect(OwnBlock.removed(block, from: with + with) == nil)
        }
        #expect(OwnBlock.removed(block, from: Array("#\(block)".utf8)) == nil)
        #expect(OwnBlock.remains(of: block, in: Array("  .include /x \n".utf8)))
        #expect(!OwnBlock.remains(of: block, in: Array("# ours\n".utf8)))
        #expect(!OwnBlock.remains(of: "TRUSTD_TRUST = directory\ntls_try_verify_hosts = *\n", in: Array("tls_try_verify_hosts = *\n".utf8)))
        #expect(OwnBlock.remains(of: "# x\nlist = /a\n", in: Array("list = /a\n".utf8)))
    }

    @Test("the log's name follows from Exim's log option; syslog alone is reported")
    func log() {
        #expect(SettingsBlock.log(of: "/var/log/exim4/%slog") == .file("/var/log/exim4/mainlog"))
        #expect(SettingsBlock.log(of: "/var/log/exim/%s.log : syslog") == .file("/var/log/exim/main.log"))
        #expect(SettingsBlock.log(of: "syslog : /var/log/exim/%slog-%D") == .file("/var/log/exim/mainlog-%D"))
        #expect(SettingsBlock.log(of: "syslog") == .syslogOnly)
        #expect(SettingsBlock.log(of: nil) == .notUnderstood)
        #expect(SettingsBlock.log(of: "/var/%D/%slog-%M") == .notUnderstood)
    }

    @Test("a file of ours that is edited by hand goes back to empty or to missing, as it was before")
    func emptyBefore() throws {
        for base in [[UInt8]?.some([]), nil] {
            let blocks = ["# ours\n.include /x\n", "# ours too\n.include /y\n"]
            let file = WantedFile(path: "/x", base: base, after: Array(blocks.joined().utf8), purpose: "", blocks: blocks)
            #expect(try SetupRecord.Entry(file).base(now: Array(blocks[0].utf8)) == base)
        }
    }

    @Test("a file that two setups share is removed with the later removal", arguments: [true, false])
    func shared(firstGoesFirst: Bool) throws {
        let relay = DebianSetup(isSplit: false, sources: [], activator: DebianSetup.activator(isSplit: false)).plan(
            .fingerprint, Snippets(places: SetupPlaces()))
        let activator = try #require(relay.last)
        let block = try #require(activator.blocks.first)
        let both = OwnBlock.appended("# the client's\n.include /x\n", to: activator.after)
        let client = WantedFile(
            path: activator.path, base: activator.after, after: both, purpose: "", blocks: ["# the client's\n.include /x\n"])
        #expect(activator.base == nil && activator.after == Array(block.utf8))
        var disk = [activator.path: both]
        let entries = [activator, client].map(SetupRecord.Entry.init)
        for entry in firstGoesFirst ? entries : entries.reversed() {
            let record = SetupRecord(trust: nil, files: [entry], folders: [])
            for step in try SetupTransition(from: record, to: [], trust: nil, folders: [], now: { disk[$0] }).steps {
                disk[step.edit.file] = step.edit.after.map { Array($0) }
            }
        }
        #expect(disk.isEmpty)
    }

    @Test("the record undoes all in reverse order, and refuses what a person changed")
    func transition() throws {
        let made = WantedFile(path: "/x/made", base: nil, after: Array("m".utf8), purpose: "")
        let block = "# ours\n.include /x/made\n"
        let edited = WantedFile(
            path: "/x/edited", base: Array("a\n".utf8), after: Array(("a\n" + block).utf8), purpose: "", blocks: [block])
        var disk: [FilePath: [UInt8]] = ["/x/edited": Array("a\n".utf8)]
        let forth = try SetupTransition(from: nil, to: [made, edited], trust: .fingerprint, folders: []) { disk[$0] }
        #expect(forth.steps.map(\.edit.path) == ["/x/made", "/x/edited"])
        for step in forth.steps { disk[step.edit.file] = step.edit.incoming }
        let record = try #require(forth.record)
        #expect(try SetupRecord(record.bytes, at: "/r") == record)

        let back = try SetupTransition(from: record, to: [], trust: nil, folders: []) { disk[$0] }
        #expect(back.steps.map(\.edit.path) == ["/x/edited", "/x/made"])
        #expect(back.steps.map(\.edit.after) == [Data("a\n".utf8), nil])
        #expect(back.record == nil)

        disk["/x/edited"] = Array(("b\n" + block + "c\n").utf8)
        let cut = try SetupTransition(from: record, to: [], trust: nil, folders: []) { disk[$0] }
        #expect(cut.steps.first?.edit.after == Data("b\nc\n".utf8))
        disk["/x/edited"] = Array(("b\n.include /x/made\n").utf8)
        #expect(throws: Failure.self) { try SetupTransition(from: record, to: [], trust: nil, folders: []) { disk[$0] } }
        disk["/x/edited"] = Array("b\n".utf8)
        #expect(try SetupTransition(from: record, to: [], trust: nil, folders: []) { disk[$0] }.steps.map(\.edit.path) == ["/x/made"])
        disk["/x/made"] = Array("other".utf8)
        #expect(throws: Failure.self) { try SetupTransition(from: record, to: [], trust: nil, folders: []) { disk[$0] } }
    }
}
