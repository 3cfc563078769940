import FoundationEssentials
import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Trust

/// The repair of an approved certificate in the trust directory, on the transaction's disk.
@Suite("A repair of the trust directory")
struct DirectoryRepairTests {
    private typealias Scene = TransactionTests

    private static func link(_ number: Int) -> FilePath { Scene.certs.appending("\(Scene.hash).\(number)") }
    private static var file: FilePath { Scene.certs.appending("\(Scene.friend).pem") }

    /// What may have happened to the files.
    private static let damages: [@Sendable (FaultyDisk) -> Void] = [
        { $0.drop(link(0)) }, { $0.put(link(0), Array("-> nowhere.pem".utf8)) }, { $0.put(file, [1]) }, { $0.drop(file) },
        { $0.put(file, Array("-> nowhere.pem".utf8)) },
        { disk in
            disk.put(link(3), disk.files[link(0)] ?? [])
            disk.put(link(0), Array("-> nowhere.pem".utf8))
        },
    ]

    @Test("killed at any step and taken back, it leaves the certificate found and loses no other", arguments: damages.indices)
    func anyStep(damage: Int) throws {
        let item = DirectoryEdit.Item(
            fingerprint: Scene.friend, der: Data(Scene.friend.description.utf8), subjectHash: Scene.hash)
        let edit = DirectoryEdit(path: Scene.certs.string, repair: [item])
        for failing in 1...40 {
            let whole = Scene.disk()
            Self.damages[damage](whole)
            let dying = FaultyDisk(whole.files, failing: failing, dying: true)
            do { try dying.apply(edit) } catch { #expect(dying.isDead) }
            let next = FaultyDisk(dying.files)
            // The change is undone: what is repaired stays.
            try next.apply(edit.reversed)
            #expect(next.files[Self.file] == PEM.certificate(Array(Scene.friend.description.utf8)), "step \(failing)")
            #expect(Set(Scene.reachable(next)) == Set(Scene.others + ["\(Scene.friend).pem"]), "step \(failing)")
            // And again.
            let same = FaultyDisk(next.files)
            try same.apply(edit)
            #expect(same.files == next.files)
        }
    }
}

extension FaultyDisk {
    fileprivate func drop(_ path: FilePath) {
        let rest = files.filter { $0.key != path }
        for gone in Set(files.keys).subtracting(rest.keys) { try? remove(gone) }
    }
}
