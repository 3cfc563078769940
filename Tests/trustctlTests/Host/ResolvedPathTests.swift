import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Host

@Suite("ResolvedPath")
struct ResolvedPathTests {
    /// `d/f`, a link to `d`, one to nothing, and one to itself.
    private func inLinkedFolder(_ body: (SceneFolder) throws -> Void) throws {
        try inFolder { folder throws in
            try folder.makeFolder("d")
            try folder.write("d/f", "")
            symlink("d", folder("short"))
            symlink("nowhere", folder("dangling"))
            symlink("loop", folder("loop"))
            try body(folder)
        }
    }

    private static let leadingNowhere = ["dangling", "loop", "none/new", "d/f/x"]

    @Test("links are resolved; a dangling one and a loop are errors, a missing file is not") func resolve() throws {
        try inLinkedFolder { folder throws in
            #expect(try ResolvedPath(folder.path("short/f")).filePath == folder.path("d/f"))
            #expect(try ResolvedPath(folder.path("short/new")).filePath == folder.path("d/new"))
            for name in Self.leadingNowhere {
                #expect(throws: SystemError.self) { try ResolvedPath(folder.path(name)) }
            }
        }
    }

    @Test("a path that leads nowhere stays as it is written") func asWritten() throws {
        try inLinkedFolder { folder throws in
            #expect(ResolvedPath(orAsWritten: folder.path("short/f")) == ResolvedPath(orAsWritten: folder.path("d/f")))
            for name in Self.leadingNowhere { #expect(ResolvedPath(orAsWritten: folder.path(name)).filePath == folder.path(name)) }
        }
    }
}
