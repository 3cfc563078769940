import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Fleet
@testable import FleetCarrier
@testable import FleetHost
@testable import Host

@Suite("The file of all decisions is read piece by piece, and whole or not at all") struct DecisionStoreTests {
    /// What ssh-keygen(1) and others have signed, for the tests of the texts.
    private static func records() throws -> [PackRecord] {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let pack = try Data(contentsOf: tests.appendingPathComponent("FleetTests/Fixtures/signatures.pack"))
        var reader = try PackReader(Array(pack))
        var records: [PackRecord] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    private struct Scene {
        let folder: SceneFolder
        let store: DecisionStore

        init() throws {
            folder = try SceneFolder()
            try folder.makeFolder("fleet")
            store = DecisionStore(CarrierFolders(ledger: folder.path))
        }

        func write(_ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: store.path.string)) }

        var file: [UInt8] { get throws { Array(try Data(contentsOf: URL(fileURLWithPath: store.path.string))) } }

        /// The texts' digests as they are read.
        func digests() throws -> [Digest] { try store.read().decisions.map(\.digest) }

        /// Where the file is said to be damaged; nil: it is read.
        func damage() -> String? {
            do {
                _ = try store.read()
                return nil
            } catch { return error.reason }
        }
    }

    private func run(_ body: (Scene) throws -> Void) throws {
        let scene = try Scene()
        defer { try? FileManager.default.removeItem(atPath: scene.folder.path.string) }
        try body(scene)
    }

    private static func digest(_ record: PackRecord) throws -> Digest {
        try SignedDecision(body: record.body, signature: record.signature).digest
    }

    @Test("what is appended is read, and again piece by piece, also when it is many pieces long") func several() throws {
        let records = try Self.records()
        try run { scene in
            #expect(try scene.digests().isEmpty)
            var all: [PackRecord] = []
            // More than a mebibyte, which is read in pieces of 256 KiB.
            for _ in 0..<200 {
                try scene.store.append(records)
                all += records
            }
            #expect(try scene.file.count > 1 << 20)
            let content = try scene.store.read()
            #expect(try Array(content.decisions) == all.map { try SignedDecision(kept: $0) } && !content.isTorn)
            var again: [PackRecord] = []
            try scene.store.records(of: content) { number, record throws(Failure) in
                #expect(number == again.count)
                again.append(record)
            }
            #expect(again == all)
        }
    }

    @Test("an end that is torn at any byte of the last record is cut off, and nothing before it") func torn() throws {
        let records = try Self.records()
        try run { scene in
            try scene.store.append(records)
            let bytes = try scene.file
            let end = bytes.count - (records.last?.encoded.count ?? 0)
            let whole = try records.dropLast().map(Self.digest)
            for cut in end..<bytes.count {
                try scene.write(Array(bytes[..<cut]))
                var content = try scene.store.read()
                #expect(content.decisions.map(\.digest) == whole && content.isTorn == (cut > end), "cut at byte \(cut)")
                try scene.store.mend(&content, .silent)
                #expect(try scene.file == Array(bytes[..<end]), "cut at byte \(cut)")
            }
            // Longer than a piece, and no record.
            try scene.write(bytes + [UInt8](repeating: UInt8(ascii: "t"), count: 600_000))
            #expect(try scene.store.read().isTorn)
        }
    }

    @Test("the attack: a bad byte in the middle, which would hide a revocation: nothing is read")
    func damaged() throws {
        let records = try Self.records()
        try run { scene in
            try scene.store.append(records)
            let bytes = try scene.file
            let heading = records[0].encoded.count
            // Any byte of a heading, and the first lines of a text.
            for place in heading..<heading + 60 {
                var bad = bytes
                bad[place] ^= 0x80
                try scene.write(bad)
                #expect(scene.damage()?.contains("is damaged at byte \(heading)") == true, "byte \(place)")
                #expect(try scene.file == bad)
            }
            // A gap that is longer than a piece does not hide what follows, wherever that begins.
            for gap in [1, 262_100, 262_144, 262_170, 600_000] {
                try scene.write(Array(bytes[..<heading]) + [UInt8](repeating: 0, count: gap) + Array(bytes[heading...]))
                #expect(scene.damage()?.contains("is damaged at byte \(heading)") == true, "a gap of \(gap)")
            }
            // What begins there and is not whole was promised to nobody.
            let rest = records[1].encoded.dropLast()
            try scene.write(Array(bytes[..<heading]) + [UInt8](repeating: 0, count: 600_000) + rest)
            #expect(try scene.store.read().isTorn)
        }
    }

    @Test("the attack: a text that was changed after it was read is given to nobody") func changed() throws {
        let records = try Self.records()
        try run { scene in
            try scene.store.append(records)
            let content = try scene.store.read()
            var bytes = try scene.file
            let place = records[0].encoded.count + records[1].encoded.count - records[1].signature.count - 2
            bytes[place] ^= 1
            try scene.write(bytes)
            var given = 0
            let failure = #expect(throws: Failure.self) {
                try scene.store.records(of: content) { number, record throws(Failure) in given += 1 }
            }
            #expect(given == 1 && failure?.reason.contains("is damaged at byte \(records[0].encoded.count)") == true)
            try scene.write(Array(bytes[..<records[0].encoded.count]))
            #expect(throws: Failure.self) { try scene.store.records(of: content) { _, _ throws(Failure) in } }
        }
    }

    @Test("what is no regular file is not read") func noFile() throws {
        try run { scene in
            try scene.store.append([])
            try FileManager.default.createDirectory(atPath: scene.store.path.string, withIntermediateDirectories: true)
            #expect(scene.damage() != nil)
        }
    }
}
