import Glibc
import SystemPackage
import Testing
import TrustTestSupport

@testable import Host

@Suite("What an account can read") struct AccountTests {
    @Test("many names in a folder at once: all of them or not, a missing one is none") func many() throws {
        try inFolder { folder throws in
            let nobody = try #require(Account(named: "nobody"))
            let path = FilePath(folder("d"))
            try folder.makeFolder("d")
            let names = (0..<1_000).map { "name-\($0)" }
            for name in names { try folder.write("d/\(name)", "") }
            #expect(nobody.canRead(path, names: names))
            #expect(nobody.canRead(path, names: []))
            #expect(nobody.canRead(path, names: ["missing"] + names))
            chmod(folder("d/name-999"), 0o600)
            #expect(!nobody.canRead(path, names: names))
            #expect(nobody.canRead(path, names: names.dropLast()))
            chmod(folder("d"), 0o711)
            #expect(!nobody.canRead(path, names: []), "it can reach a name, but not list the folder")
            #expect(!nobody.canRead(FilePath(folder("none")), names: []))
        }
    }
}
