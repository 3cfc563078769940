import Testing

@testable import trustctl

@Suite("watch: what is a key, and what was pasted")
struct TypedKeysTests {
    /// What comes of these bytes, each a second after the one before.
    private func typed(_ texts: String...) -> [TypedKeys.Typed] {
        var keys = TypedKeys()
        return texts.enumerated().map { index, text in
            keys.take(Array(text.utf8), from: .seconds(index), to: .seconds(index) + .milliseconds(30))
        }
    }

    @Test(
        "one key is that key",
        arguments: [
            ("a", WatchKey.character("a")), ("?", .character("?")), ("\r", .enter), ("\n", .enter), ("\u{1B}", .back), ("\u{7F}", .back),
            ("\u{1B}[A", .up), ("\u{1B}OB", .down), ("k", .up), ("j", .down), ("\u{1B}[5~", .pageUp), ("\u{1B}[6~", .pageDown),
            ("g", .first), ("\u{1B}[H", .first), ("\u{1B}[4~", .last), ("G", .last), ("\u{C}", .redraw), ("\u{1A}", .suspend),
            ("\u{3}", .end), ("\u{4}", .end), ("ä", .other), ("\u{1B}[1;5A", .other), ("\u{1B}x", .other), ("\u{1B}[", .other),
        ])
    func single(text: String, key: WatchKey) {
        // Two bytes that are no key are two of them, and no decision.
        let expected: TypedKeys.Typed = text == "ä" ? .pasted : .keys([key])
        #expect(typed(text) == [expected])
    }

    @Test("several moves at once are a key that is held; with anything else they are pasted") func moves() {
        #expect(typed("jjj") == [.keys([.down, .down, .down])])
        #expect(typed("\u{1B}[A\u{1B}[A") == [.keys([.up, .up])])
        for text in ["ja", "aj", "\ra", "ad", "jj\r", "\u{1B}[Ba", "a\n", "y\n"] { #expect(typed(text) == [.pasted], "\(text)") }
        // Nobody is kept from leaving.
        #expect(typed("ab\u{3}") == [.keys([.end])])
    }

    @Test("the attack: moves before the key that approves, so that it arrives alone") func behindMoves() {
        var keys = TypedKeys()
        #expect(keys.take([UInt8(ascii: "j")], from: .zero, to: .zero) == .keys([.down]))
        #expect(keys.take([UInt8(ascii: "a")], from: .milliseconds(5), to: .milliseconds(35)) == .pasted)
        #expect(keys.take([UInt8(ascii: "j")], from: .seconds(1), to: .seconds(1)) == .keys([.down]))
        #expect(keys.take([UInt8(ascii: "a")], from: .seconds(2), to: .seconds(2)) == .keys([.character("a")]))
    }

    @Test("what a terminal marks as pasted is no key, in however many parts it comes") func marked() {
        #expect(typed("\u{1B}[200~a\u{1B}[201~") == [.pasted])
        let parts = typed("\u{1B}[200~x", "a", "\r", "y\u{1B}[201~", "a")
        #expect(parts == [.pasted, .pasted, .pasted, .pasted, .keys([.character("a")])])
        #expect(typed("\u{1B}[201~a", "a") == [.pasted, .keys([.character("a")])])
        // Nobody is locked in by a terminal that forgets the end mark.
        #expect(typed("\u{1B}[200~x", "q", "\u{3}") == [.pasted, .pasted, .keys([.end])])
    }

    @Test("no bytes are too strange") func any() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                var keys = TypedKeys()
                _ = keys.take([0x1B, first, second], from: .zero, to: .zero)
                if case .keys(let found) = keys.take([first, second], from: .seconds(9), to: .seconds(9)) {
                    #expect(found.count == 1 || found.allSatisfy(\.isMove))
                }
            }
        }
    }
}
