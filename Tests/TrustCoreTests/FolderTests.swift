import Foundation
import SystemPackage
import Testing
import TrustCore

@Suite("Folder")
struct FolderTests {
    func inFolder(_ body: (borrowing Folder, String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "folder-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(try Folder(FilePath(path)), path)
    }

    @Test("a link, FIFO, hard link, folder, device or huge file is neither read nor waited for") func hostile() throws {
        try inFolder { folder, path in
            try Data("secret".utf8).write(to: URL(fileURLWithPath: path + "/secret"))
            symlink("secret", path + "/link")
            mkfifo(path + "/fifo", 0o600)
            link(path + "/secret", path + "/hard")
            mkdir(path + "/folder", 0o700)
            symlink("/dev/zero", path + "/device")
            try Data().write(to: URL(fileURLWithPath: path + "/huge"))
            truncate(path + "/huge", 1 << 40)
            for name in ["link", "fifo", "hard", "secret", "folder", "device", "huge", "missing", "../secret", ".", "..", ""] {
                do {
                    _ = try folder.contents(of: name, limit: 100)
                    Issue.record("read: \(name)")
                } catch { #expect(error is SystemError) }
            }
        }
    }

    @Test("writing replaces whatever had the name, and never follows it") func write() throws {
        try inFolder { folder, path in
            try Data("victim".utf8).write(to: URL(fileURLWithPath: path + "/victim"))
            symlink("victim", path + "/new")
            try folder.write(Array("text".utf8), to: "new", mode: 0o640)
            #expect(try folder.contents(of: "new", limit: 4) == Array("text".utf8))
            #expect(try folder.contents(of: "victim", limit: 100) == Array("victim".utf8))
            #expect(throws: SystemError.self) { try folder.contents(of: "new", limit: 3) }
            #expect(try folder.names().sorted() == ["new", "victim"])
        }
    }

    @Test("exchange needs both names; renameNew needs a free one") func rename() throws {
        try inFolder { folder, _ in
            try folder.write([1], to: "a", mode: 0o600)
            #expect(throws: SystemError("exchange", folder.path.appending("b"), code: ENOENT)) { try folder.exchange("a", with: "b") }
            try folder.write([2], to: "b", mode: 0o600)
            #expect(throws: SystemError("rename", folder.path.appending("b"), code: EEXIST)) { try folder.renameNew("a", to: "b") }
            try folder.exchange("a", with: "b")
            #expect(try folder.contents(of: "a", limit: 1) == [2])
            #expect(try folder.remove("a") && !folder.remove("a"))
            try folder.synchronize()
            try folder.synchronizeFileSystem()
        }
    }

    @Test("many files are brought to the disk together, and an open file is left for nobody") func together() throws {
        try inFolder { folder, path in
            let together = try #require(FilesTogether())
            let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            for number in 0..<1_500 { try folder.write(Array("\(number)".utf8), to: "\(number)", mode: 0o640, together) }
            // A name that was there before is replaced.
            try folder.write([1], to: "0", mode: 0o600, together)
            try together.synchronize(folder.path)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count < before + 100)
            #expect(try folder.names().count == 1_500 && folder.contents(of: "1499", limit: 4) == Array("1499".utf8))
            // Nothing waits any more.
            try together.synchronize(folder.path)
        }
    }

    @Test("only one holds a lock") func lock() throws {
        try inFolder { folder, _ in
            var first: FileLock? = try folder.lock("lock", mode: 0o600)
            let isHeld = first != nil
            #expect(isHeld)
            let second = try folder.lock("lock", mode: 0o600) == nil
            #expect(second)
            first = nil
            let third = try folder.lock("lock", mode: 0o600) != nil
            #expect(third)
        }
    }

    @Test("a folder that is a link is opened only when links are allowed") func linkedFolder() throws {
        try inFolder { _, path in
            mkdir(path + "/real", 0o700)
            symlink("real", path + "/link")
            let target = FilePath(path + "/link")
            var isRefused = false
            do { _ = try Folder(target) } catch { isRefused = true }
            #expect(isRefused)
            _ = try Folder(target, followingLink: true)
        }
    }
}
