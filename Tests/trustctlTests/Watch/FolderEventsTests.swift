import Glibc
import Testing
import TrustTestSupport

@testable import Host

@Suite("Changes in folders")
struct FolderEventsTests {
    @Test("a file that is written, moved there or removed is told; a draft, and names that do not matter, are not") func names() throws {
        try inFolder { folder throws in
            for name in ["a", "b"] { try folder.makeFolder(name) }
            var events = FolderEvents([.init(folder.path("a")), .init(folder.path("b"), names: ["status"])])
            var found = events.taken()
            let isComplete = events.isComplete
            #expect(found.isEmpty && isComplete)
            try folder.write("a/.new-1", "x")
            try folder.write("b/other", "x")
            found = events.taken()
            #expect(found.isEmpty)
            rename(folder("a/.new-1"), folder("a/one"))
            found = events.taken()
            #expect(found == [0])
            try folder.write("b/status", "x")
            found = events.taken()
            #expect(found == [1])
            unlink(folder("a/one"))
            found = events.taken()
            #expect(found == [0])
        }
    }

    @Test("a folder that comes later, or is replaced, is watched from then on") func later() throws {
        try inFolder { folder throws in
            var events = FolderEvents([.init(folder.path("a"))])
            var isComplete = events.isComplete
            #expect(!isComplete)
            try folder.makeFolder("a")
            events.watchMissing()
            isComplete = events.isComplete
            #expect(isComplete)
            rename(folder("a"), folder("old"))
            try folder.makeFolder("a")
            var found = events.taken()
            isComplete = events.isComplete
            #expect(found == [0] && !isComplete)
            events.watchMissing()
            try folder.write("a/one", "x")
            found = events.taken()
            isComplete = events.isComplete
            #expect(found == [0] && isComplete)
            try folder.write("old/one", "x")
            found = events.taken()
            #expect(found.isEmpty)
        }
    }
}
