import FoundationEssentials
import Glibc
import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Trust

/// A disk with a list, denials and a trust directory, the three kinds of change, and what must hold after each.
extension TransactionTests {
    static let list: FilePath = "/etc/trustd/relay_from_certs"
    static let folder: FilePath = "/var/lib/trustctl"
    static let friend = fingerprint("AB")
    static let newcomer = fingerprint("CD")

    static func fingerprint(_ digits: String) -> Fingerprint {
        do { return try Fingerprint(String(repeating: digits, count: 32)) } catch { preconditionFailure("\(error)") }
    }

    static func file(_ fingerprints: [Fingerprint]) -> [UInt8] {
        let empty = ListForm.macro.emptyFile
        guard let definition = try? MacroDefinition(in: empty, file: list) else { return [] }
        var next = definition.list
        for fingerprint in fingerprints {
            next = next.approving(fingerprint, note: ListNote(label: nil, day: "2026-11-22", by: "alice"))
        }
        return definition.file(with: next)
    }

    static var old: [UInt8] { file([friend]) }

    enum Kind: String, CaseIterable {
        case approve, revoke, deny
    }

    static func plan(_ kind: Kind) -> TrustPlan {
        let (fingerprint, before, after): (Fingerprint, TrustState, TrustState) =
            switch kind {
            case .approve: (newcomer, .denied, .approved)
            case .revoke: (friend, .approved, .none)
            case .deny: (friend, .approved, .denied)
            }
        let left = kind == .approve ? [friend, newcomer] : []
        var plan = TrustPlan(
            Decision(
                id: "one", time: "2026-11-22T17:41:59Z", action: kind == .approve ? .approve : kind == .deny ? .deny : .revoke,
                operator: Operator(uid: 0), subjects: [Decision.Subject(fingerprint: fingerprint, before: before, after: after)]))
        if kind == .deny { plan.deny = [friend] }
        if kind == .approve { plan.allow = [newcomer] }
        plan.list = ListEdit(path: list.string, before: old, after: file(left), meant: left)
        let item = DirectoryEdit.Item(fingerprint: fingerprint, der: Data(fingerprint.description.utf8), subjectHash: hash)
        plan.directory = DirectoryEdit(path: certs.string, install: kind == .approve ? [item] : [], remove: kind == .approve ? [] : [item])
        return plan
    }

    static let certs: FilePath = "/etc/trustd/certs"
    /// All subjects have it, so that the links are numbered.
    static let hash = "9d04f354"
    static let others = ["other.pem", "third.pem"]

    static func disk(failing: Int? = nil, dying: Bool = false, code: CInt = EIO) -> FaultyDisk {
        var files = [list: old, folder.appending("denied").appending(newcomer.description): []]
        for (number, name) in ["\(friend).pem", others[0], others[1]].enumerated() {
            files[certs.appending(name)] = number == 0 ? PEM.certificate(Array(friend.description.utf8)) : PEM.certificate([1])
            files[certs.appending("\(hash).\(number)")] = Array("-> \(name)".utf8)
        }
        return FaultyDisk(files, failing: failing, dying: dying, code: code)
    }

    /// Whom OpenSSL finds in the trust directory: it counts up from 0 and stops at the first number that is missing.
    static func reachable(_ disk: FaultyDisk) -> [String] {
        var names: [String] = []
        while let link = disk.files[certs.appending("\(hash).\(names.count)")] {
            names.append(String(decoding: link.dropFirst(3), as: UTF8.self))
        }
        return names
    }

    /// Whoever is in the list is in the directory, whole and found by its hash, and nobody else of those two; the others always are.
    func expectDirectory(_ disk: FaultyDisk, _ comment: Comment) {
        let live = String(decoding: disk.files[Self.list] ?? [], as: UTF8.self)
        for name in [Self.friend, Self.newcomer].map(\.description) {
            let file = disk.files[Self.certs.appending("\(name).pem")]
            #expect(file == (live.contains(name) ? PEM.certificate(Array(name.utf8)) : nil), comment)
            #expect(Self.reachable(disk).contains("\(name).pem") == live.contains(name), comment)
        }
        #expect(Set(Self.others).isSubset(of: Self.reachable(disk)), comment)
        let names = disk.files.keys.filter { $0.starts(with: Self.certs) }.compactMap { $0.lastComponent?.string }
        #expect(names.filter { $0.hasSuffix(".trustctl") }.isEmpty && names.count == 2 * Self.reachable(disk).count, comment)
    }

    static func change(_ disk: FaultyDisk, _ exim: ScriptedExim) -> Transaction {
        Transaction(in: folder, ledger: LedgerFile(in: folder, files: disk), files: disk) { exim }
    }

    /// What must hold whatever happened, as long as nobody was told that it is stuck.
    func expectSound(_ disk: FaultyDisk, _ exim: ScriptedExim, _ plan: TrustPlan, _ comment: Comment) {
        let live = disk.files[Self.list]
        #expect(exim.running == live, comment)
        let after = plan.list?.after.bytes
        #expect(live == Self.old || live == after, comment)
        #expect(Ledger(disk.files[Self.folder.appending("ledger")] ?? []).holds("one") == (live == after), comment)
        expectDirectory(disk, comment)
    }
}
