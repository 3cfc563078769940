import Foundation
import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import Host
@testable import Trust

@Suite("Checkpoint")
struct CheckpointTests {
    private static let lines = 1_200

    /// A ledger of `lines` lines, in which `Some.a` was approved and then revoked, and everybody else was approved.
    private func scene(_ body: (SceneFolder, Configuration, LedgerFile) throws -> Void) throws {
        try inFolder { folder in
            try folder.write("list", "RELAY_FROM_CERTS = \\\n# carol, approved 2026-11-22 by root\n\(Some.c)\n")
            for name in ["ledger", "ledger/denied", "state", "state/pending"] { try folder.makeFolder(name) }
            try folder.write("ledger/lock", "")
            var bytes: [UInt8] = []
            var end = LedgerEnd(lines: 0, size: 0, last: nil)
            for number in 1...Self.lines {
                let line = try #require(end.line(for: try entry(number), after: nil))
                bytes += line
                end = LedgerEnd(lines: number, size: bytes.count, last: line.dropLast()[...])
            }
            try folder.write("ledger/ledger", bytes: bytes)
            let file = LedgerFile(in: FilePath(folder("ledger")))
            file.keepCheckpoint()
            try body(folder, Configuration.of(folder), file)
        }
    }

    private func entry(_ number: Int) throws -> LedgerEntry {
        let isFirst = number < 3
        let digest = Array(repeating: UInt8(0), count: 28) + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        let fingerprint = try isFirst ? Fingerprint(Some.a) : Fingerprint(digest: digest)
        return LedgerEntry(
            Decision(
                id: "id-\(number)", time: "2026-11-22T17:41:59Z", action: number == 2 ? .revoke : .approve,
                operator: Operator(login: "alice", uid: 0), reason: number % 7 == 2 ? "so\tit\\is\nnot" : nil,
                subjects: [
                    .init(
                        fingerprint: fingerprint, before: number == 2 ? .approved : .pending, after: number == 2 ? .none : .approved,
                        terms: number == 2
                            ? Terms()
                            : Terms(
                                label: "client\t\(number)", until: number == 1 ? Timestamp(seconds: 2_000_000_000) : nil,
                                note: number == 1 ? "a\tb" : nil),
                        evidence: number == 2
                            ? nil
                            : Evidence(
                                firstSeen: "2026-11-22T17:41:59Z", lastSeen: "2026-11-22T17:41:59Z", sightings: 3,
                                addresses: ["192.0.2.1", "192.0.2.2"]))
                ]))
    }

    @Test("with it and the lines behind it, everything is known as without it") func same() throws {
        try scene { folder, configuration, file in
            let first = try file.books()
            #expect(first.checkpoint?.number == Self.lines && first.checkpoint?.isAtEase == true)
            #expect(first.tail == 0 && first.distrust == nil)
            #expect(try file.write(entry(Self.lines + 1)).number == Self.lines + 1)
            let books = try file.books()
            #expect(books.tail == 1 && books.checkpoint?.isAtEase == true && books.lines == Self.lines + 1)
            let whole = try Books(LedgerBytes(FilePath(folder("ledger/ledger"))), checkpoint: nil)
            #expect(whole.recent.count == Self.lines)
            for (fingerprint, word) in whole.recent { #expect(books.word(fingerprint)?.isLike(word) == true, "\(fingerprint)") }
            #expect(books.word(try Fingerprint(Some.b)) == nil && books.marks == whole.marks)
            #expect(try file.examined().checkpointFault == nil)
            // One that is made from it and these lines is the same as one that is made from all lines.
            let path = FilePath(folder("ledger/checkpoint"))
            try Checkpoint.write(books, to: path, group: nil)
            let merged = try folder.read("ledger/checkpoint")
            try Checkpoint.write(whole, to: path, group: nil)
            #expect(try folder.read("ledger/checkpoint") == merged)
        }
    }

    @Test("it is made only when many lines are behind it, and by the mode of its file only root and trustd's group can read it")
    func made() throws {
        try scene { folder, configuration, file in
            let path = folder("ledger/checkpoint")
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode & 0o7777 == 0o640 && status.st_uid == 0)
            let before = try folder.read("ledger/checkpoint")
            #expect(before.hasPrefix("trustctl-checkpoint 2 "))
            _ = try file.write(entry(Self.lines + 1))
            file.keepCheckpoint()
            #expect(try folder.read("ledger/checkpoint") == before)
            unlink(path)
            try folder.write("ledger/ledger", String(try folder.read("ledger/ledger").split(separator: "\n")[0]) + "\n")
            file.keepCheckpoint()
            #expect(!File.exists(path))
        }
    }

    enum Lie: CaseIterable {
        case approvesTheRevoked, isCutOff, isOfAnotherLedger, isALink, isWritable, isHardLinked, isEmpty, isAnothers
    }

    @Test("the attack: a checkpoint that lies is not used, which is said, and it is made anew", arguments: Lie.allCases)
    func lies(lie: Lie) throws {
        try scene { folder, configuration, file in
            let path = folder("ledger/checkpoint")
            let text = try folder.read("ledger/checkpoint")
            switch lie {
            case .approvesTheRevoked: try folder.write("ledger/checkpoint", text.replacing("\(Some.a)\tnone", with: "\(Some.a)\tapproved"))
            case .isCutOff: try folder.write("ledger/checkpoint", String(text.dropLast(text.count / 2)))
            case .isOfAnotherLedger:
                let ledger = try folder.read("ledger/ledger")
                try folder.write("ledger/ledger", ledger.replacing("\"alice\"", with: "\"carol\""))
            case .isALink:
                rename(path, path + ".elsewhere")
                symlink(path + ".elsewhere", path)
            case .isWritable: chmod(path, 0o666)
            case .isHardLinked: link(path, path + ".elsewhere")
            case .isEmpty: try folder.write("ledger/checkpoint", "")
            case .isAnothers: chown(path, 65_534, 0)
            }
            let books = try file.books()
            #expect(books.distrust != nil && books.checkpoint == nil && books.lines == Self.lines)
            let word = try #require(books.word(try Fingerprint(Some.a)))
            #expect(word.after == .none && word.number == 2)
            let register = try Register(configuration)
            #expect(register[try Fingerprint(Some.a)].isRevoked)
            file.keepCheckpoint()
            let next = try file.books()
            #expect(next.distrust == nil && next.checkpoint?.number == Self.lines && next.checkpoint?.isAtEase == true)
            #expect(next.word(try Fingerprint(Some.a))?.isLike(word) == true)
        }
    }

    @Test("the attack: a lie with the right sum and time is found by the line that it names, and by doctor")
    func forged() throws {
        try scene { folder, configuration, file in
            let path = FilePath(folder("ledger/checkpoint"))
            var status = stat()
            #expect(lstat(path.string, &status) == 0)
            // Of one that was approved, it says that it is denied.
            let victim = try #require(try entry(9).decision.subjects.first).fingerprint
            var text = try folder.read("ledger/checkpoint").replacing("\(victim)\tapproved", with: "\(victim)\tdenied")
            let sum = try #require(text.range(of: "sum "))
            text = String(text[..<sum.lowerBound])
            try folder.write("ledger/checkpoint", text + "sum \(SHA256.text(of: Array(text.utf8)))\n")
            let books = try file.books()
            #expect(books.checkpoint != nil)
            #expect(books.word(victim)?.after == .approved)
            #expect(books.distrust?.contains("\(victim)") == true && books.checkpoint == nil)
            #expect(try file.examined().checkpointFault?.contains("\(victim)") == true)
        }
    }

    @Test("a label, and the beginning of a fingerprint, find the same by the checkpoint's index as without it") func index() throws {
        try scene { folder, configuration, file in
            _ = try file.write(entry(Self.lines + 1))
            let (books, whole) = (try file.books(), try Books(LedgerBytes(FilePath(folder("ledger/ledger"))), checkpoint: nil))
            #expect(books.checkpoint != nil && books.tail == 1)
            for number in [1, 3, 9, 600, Self.lines, Self.lines + 1, Self.lines + 2] {
                let found = books.fingerprints(.label, "client\t\(number)")
                #expect(found == whole.fingerprints(.label, "client\t\(number)") && found.count == (number > Self.lines + 1 ? 0 : 1))
            }
            let few = String(try #require(try entry(9).decision.subjects.first).fingerprint.description.prefix(59))
            for beginning in [few, String(Some.a.prefix(16)), "0", "F", ""] {
                #expect(books.fingerprints(beginning) == whole.fingerprints(beginning), "\(beginning)")
            }
            #expect(books.fingerprints(few).count > 1)
            let (path, text) = ("ledger/checkpoint", try folder.read("ledger/checkpoint"))
            // An index that leads to other lines, with the right sum: nobody is found by a wrong line, and the doctor says so.
            let place = try #require(Int(text.components(separatedBy: "\nindex ")[1].prefix { $0.isNumber }))
            var bytes = Array(text.utf8)
            bytes.swapAt(place + 27, place + 27 + 29)
            let sum = try #require(text.range(of: "\nsum "))
            let body = bytes[..<(text.utf8.distance(from: text.startIndex, to: sum.lowerBound) + 1)]
            try folder.write(path, bytes: body + Array("sum \(SHA256.text(of: Array(body)))\n".utf8))
            let misled = try file.books()
            #expect(misled.checkpoint != nil)
            for number in 3...Self.lines {
                #expect(misled.fingerprints(.label, "client\t\(number)").isSubset(of: whole.fingerprints(.label, "client\t\(number)")))
            }
            #expect(try file.examined().checkpointFault == "its index is not that of its lines")
        }
    }

    @Test("a ledger that somebody edits in place, or replaces, is read anew") func edited() throws {
        try scene { folder, configuration, file in
            let ledger = try folder.read("ledger/ledger")
            // The same length, in the same file.
            let descriptor = open(folder("ledger/ledger"), O_WRONLY)
            let place = try #require(ledger.utf8.firstRange(of: "alice".utf8))
            #expect(pwrite(descriptor, "carol", 5, off_t(ledger.utf8.distance(from: ledger.utf8.startIndex, to: place.lowerBound))) == 5)
            close(descriptor)
            #expect(try file.books().distrust == "the ledger's beginning is another one")
            // A copy is another file, but says the same: then the checkpoint is that of its ledger.
            try folder.write("ledger/copy", ledger)
            rename(folder("ledger/copy"), folder("ledger/ledger"))
            let books = try file.books()
            #expect(books.checkpoint?.isAtEase == false && books.distrust == nil && books.isLong)
        }
    }
}

extension Ledger.LastWord {
    /// Whether it says the same; a certificate that was not read yet is none.
    fileprivate func isLike(_ other: Ledger.LastWord) -> Bool {
        var one = self
        one.outline = other.outline
        one.hasListedEvidence = other.hasListedEvidence
        return one == other
    }
}
