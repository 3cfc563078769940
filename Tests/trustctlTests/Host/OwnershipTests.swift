import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Host

@Suite("Ownership")
struct OwnershipTests {
    /// Modes and owners of a folder and a file in it, and the path that is blamed.
    struct Case: Sendable, CustomTestStringConvertible {
        let what: String
        var folder: mode_t = 0o755
        var folderOwner: Owner = .root
        var file: mode_t? = 0o644
        var fileOwner: Owner = .root
        let blamed: String?

        var testDescription: String { what }
    }

    private static let cases = [
        Case(what: "root's own", blamed: nil), Case(what: "only root may read", folder: 0o700, file: 0o600, blamed: nil),
        Case(what: "a missing file", file: nil, blamed: nil),
        Case(what: "a file of another user", fileOwner: .daemon, blamed: "d/f"),
        Case(what: "a group-writable file", file: 0o664, blamed: "d/f"), Case(what: "a world-writable file", file: 0o646, blamed: "d/f"),
        Case(what: "a sticky world-writable file", file: 0o1646, blamed: "d/f"),
        Case(what: "a folder of another user", folderOwner: .daemon, blamed: "d"),
        Case(what: "a missing file in a folder of another user", folderOwner: .daemon, file: nil, blamed: "d"),
        Case(what: "a group-writable folder", folder: 0o775, blamed: "d"),
        Case(what: "a world-writable folder", folder: 0o777, blamed: "d"),
        Case(what: "a sticky world-writable folder", folder: 0o1777, blamed: nil),
        Case(what: "a sticky folder of another user", folder: 0o1777, folderOwner: .daemon, blamed: "d"),
    ]

    @Test("only a path that nobody but root can change passes", arguments: cases) func table(_ table: Case) throws {
        try inFolder { folder throws in
            try folder.makeFolder("d")
            if let mode = table.file {
                try folder.write("d/f", "", mode: mode, owner: table.fileOwner)
            }
            try folder.makeFolder("d", mode: table.folder, owner: table.folderOwner)
            var blamed: FilePath?
            do throws(OwnershipError) { try Ownership.check(folder.path("d/f")) } catch { blamed = error.path }
            #expect(blamed == table.blamed.map(folder.path))
        }
    }

    @Test("a missing folder and a link of another user are refused") func missing() throws {
        try inFolder { folder throws in
            #expect(throws: OwnershipError.self) { try Ownership.check(folder.path("none/f")) }
            symlink("/etc/hosts", folder("link"))
            lchown(folder("link"), 65_534, 65_534)
            #expect(throws: OwnershipError.self) { try Ownership.check(folder.path("link")) }
        }
    }

    @Test("links are resolved; a dangling link or a loop is an error, a missing file is not") func resolve() throws {
        try inFolder { folder throws in
            try folder.makeFolder("d")
            try folder.write("d/f", "")
            symlink("d", folder("short"))
            symlink("nowhere", folder("dangling"))
            symlink("loop", folder("loop"))
            #expect(try Ownership.resolve(folder.path("short/f")) == folder.path("d/f"))
            #expect(try Ownership.resolve(folder.path("short/new")) == folder.path("d/new"))
            for name in ["dangling", "loop", "none/new", "d/f/x"] {
                #expect(throws: SystemError.self) { try Ownership.resolve(folder.path(name)) }
            }
        }
    }
}
