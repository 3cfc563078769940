import Testing
import TrustCore
import TrustTestSupport

@testable import Host
@testable import trustctl

@Suite("UnifiedDiff")
struct UnifiedDiffTests {
    /// The result of patch(1) on `before` with our diff.
    private func patched(_ before: [UInt8], _ after: [UInt8], in folder: SceneFolder) throws -> [UInt8] {
        try folder.write("file", bytes: before)
        try folder.write("difference", bytes: UnifiedDiff.bytes(between: before, after, path: "/etc/list"))
        let outcome = try ProgramRun.run("patch", ["--binary", "--fuzz=0", "--quiet", folder("file"), folder("difference")])
        guard outcome.exitCode == 0 else { throw EximsWord.NothingCame(what: "\(outcome)") }
        // patch removes a file that becomes empty if the diff says so.
        return try LocalFileSystem().contents(of: folder.path("file")) ?? []
    }

    private static let pairs: [(String, String)] = [
        ("", "a\n"), ("a\n", ""), ("a", "b"), ("a\n", "a"), ("a", "a\n"), ("", "a"), ("a", ""), ("a\nb\n", "x\na\nb\n"),
        ("a\nb\n", "a\nb\nx\n"), ("a\nb", "a\nb\nx"), ("a\r\nb\r\n", "a\r\nc\r\n"), ("a\r\n", "a\n"), ("\n\n\n", "\n\n"),
        ("\u{E9}\n", "e\u{301}\n"), ("-- x\n", "++ y\n"), ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n2\n3\n4\n5\n6\n7\n8\n0\n"),
        ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n2\n3\n4\n5\n6\n7\n8\n9\n0"), ("\u{0}\n", "\u{0}\u{1}"),
    ]

    @Test("patch(1) makes exactly the new bytes from a diff", arguments: pairs) func pair(_ before: String, _ after: String) throws {
        let result = try inFolder { folder in try patched(Array(before.utf8), Array(after.utf8), in: folder) }
        #expect(result == Array(after.utf8))
    }

    @Test("patch(1) makes exactly the new bytes from diffs of random files", arguments: 0..<60) func chance(seed: Int) throws {
        var random = Seeded(seed)
        let kinds: [[UInt8]] = [[], [97], [98], [0xFF], [0xC3, 0xA9], [13], [45, 45], [35, 32]]
        var before: [[UInt8]] = []
        for _ in 0..<Int.random(in: 0...30, using: &random) { before.append(random.pick(kinds) + [10]) }
        var after = before
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: 0...after.count, using: &random)
            if Bool.random(using: &random), place < after.count {
                after.remove(at: place)
            } else {
                after.insert(random.pick(kinds) + [10], at: place)
            }
        }
        var (old, new) = (Array(before.joined()), Array(after.joined()))
        if Bool.random(using: &random) { old = old.dropLast() }
        if Bool.random(using: &random) { new = new.dropLast() }
        let result = try inFolder { folder in try patched(old, new, in: folder) }
        #expect(result == new)
    }

    @Test("equal texts have an empty diff") func same() {
        #expect(UnifiedDiff.between([97, 10], [97, 10], path: "/x") == "")
        #expect(UnifiedDiff.between(nil, [], path: "/x") == "")
    }

    @Test("a new file is compared with /dev/null, and a change has three lines of context") func golden() {
        #expect(UnifiedDiff.between(nil, Array("a\n".utf8), path: "/x") == "--- /dev/null\n+++ /x\n@@ -0,0 +1,1 @@\n+a\n")
        let old = Array("1\n2\n3\n4\n5\n6\n7\n8\n9\n".utf8)
        let new = Array("1\n2\n3\n4\nV\n6\n7\n8\n9\n".utf8)
        #expect(
            UnifiedDiff.between(old, new, path: "/x") == "--- /x\n+++ /x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+V\n 6\n 7\n 8\n")
    }

    @Test("a long list that is replaced completely has a complete diff") func large() {
        let old = Array((0..<20_000).map { "old \($0)\n" }.joined().utf8)
        let new = Array((0..<20_000).map { "new \($0)\n" }.joined().utf8)
        let text = UnifiedDiff.bytes(between: old, new, path: "/x")
        #expect(text.count { $0 == UInt8(ascii: "\n") } == 40_003)
    }
}
