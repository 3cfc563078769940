import Foundation
import SystemPackage
import Testing
import TrustCore

@testable import Certificates

@Suite("A trust directory")
struct CertificateDirectoryTests {
    /// A temporary folder for one test.
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    private func put(_ fixture: String, _ folder: URL, _ name: String) throws {
        try Data(try Fixture.bytes(fixture)).write(to: folder.appendingPathComponent(name))
    }

    @Test("a trust directory gives each certificate once, preferably under trustctl's name for it")
    func names() throws {
        try withFolder { folder in
            let ec = try Fixture.certificate("ec")
            try put("ec.pem", folder, "\(ec.fingerprint).pem")
            try put("ec.pem", folder, "0-copy.pem")
            try put("rsa.pem", folder, "rsa.crt")
            try put("ed25519.pem", folder, "ed25519")
            try put("p384.pem", folder, "0a1b2c3d.0")
            let link = { (name: String, target: String) in
                try FileManager.default.createSymbolicLink(atPath: folder.appendingPathComponent(name).path, withDestinationPath: target)
            }
            try link("\(ec.subjectHash).0", "\(ec.fingerprint).pem")
            try link("outside.pem", folder.appendingPathComponent("ed25519").path)
            let found = try TrustDirectory.certificates(in: FilePath(folder.path))
            #expect(found.count == 4)
            #expect(try TrustDirectory.certificates(in: FilePath(folder.path), only: [ec.fingerprint]).keys.elementsEqual([ec.fingerprint]))
            #expect(try TrustDirectory.certificates(in: FilePath(folder.path), only: []).isEmpty)
            #expect(found[ec.fingerprint] == TrustDirectory.File(name: "\(ec.fingerprint).pem", certificate: ec))
            #expect(found[try Fixture.certificate("rsa").fingerprint]?.name == "rsa.crt")
            #expect(found[try Fixture.certificate("p384").fingerprint]?.name == "0a1b2c3d.0")
            #expect(found[try Fixture.certificate("ed25519").fingerprint]?.name == "outside.pem")
        }
    }

    @Test("files that are not one certificate are skipped, without waiting for any of them")
    func strangers() throws {
        try withFolder { folder in
            let path = { (name: String) in folder.appendingPathComponent(name).path }
            try put("refused/pkcs8.key", folder, "key.pem")
            try put("refused/crl.pem", folder, "crl.pem")
            try Data(try Fixture.bytes("ec.pem") + Fixture.bytes("rsa.pem")).write(to: folder.appendingPathComponent("bundle.crt"))
            try Data(repeating: 0x41, count: 400_000).write(to: folder.appendingPathComponent("large.pem"))
            try Data().write(to: folder.appendingPathComponent("empty.pem"))
            #expect(mkfifo(path("fifo.pem"), 0o600) == 0)
            try FileManager.default.createSymbolicLink(atPath: path("nowhere.pem"), withDestinationPath: "missing")
            try FileManager.default.createSymbolicLink(atPath: path("device.pem"), withDestinationPath: "/dev/zero")
            try FileManager.default.createSymbolicLink(atPath: path("loop.pem"), withDestinationPath: "loop.pem")
            try FileManager.default.createDirectory(atPath: path("folder.pem"), withIntermediateDirectories: false)
            #expect(try TrustDirectory.certificates(in: FilePath(folder.path)).isEmpty)
        }
    }

    @Test("a missing trust directory is empty, and a file in its place is an error")
    func missing() throws {
        try withFolder { folder in
            #expect(try TrustDirectory.certificates(in: FilePath(folder.path).appending("none")).isEmpty)
            try put("ec.pem", folder, "file")
            let error = #expect(throws: SystemError.self) {
                try TrustDirectory.certificates(in: FilePath(folder.path).appending("file"))
            }
            #expect(error?.code == ENOTDIR)
        }
    }
}
