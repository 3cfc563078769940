/// Tells keys from what was pasted. Pure: the bytes of a terminal in, keys out.
///
/// The attack: a text from a web page or a mail, pasted into the terminal, which opens a card and approves it. A terminal marks what is
/// pasted when it is asked to, and without that a paste arrives faster than keys. So only one key at a time does something, but for moves.
struct TypedKeys {
    enum Typed: Equatable {
        case keys([WatchKey])
        case pasted
    }

    /// Whether the end mark of a paste has not come yet.
    private var isInPaste = false
    /// When moves came last, which were not waited behind.
    private var lastMove: Duration?
    private static let pause: Duration = .milliseconds(Int(TerminalKeys.pause))

    private static let (pasteBegins, pasteEnds) = (Array("\u{1B}[200~".utf8), Array("\u{1B}[201~".utf8))

    /// Whether nothing needs to be waited for behind these bytes: moves come as fast as a held key repeats.
    static func areMoves(_ bytes: [UInt8]) -> Bool { !bytes.isEmpty && keys(bytes).allSatisfy(\.isMove) }

    /// What was typed. `bytes` came without a pause, the first of them at `start`, and `end` is now.
    mutating func take(_ bytes: [UInt8], from start: Duration, to end: Duration) -> Typed {
        // Also one whose end a terminal has swallowed ends there.
        if bytes == [0x03] {
            isInPaste = false
            return .keys([.end])
        }
        if isInPaste || bytes.holds(Self.pasteBegins) {
            isInPaste = !bytes.endsPaste(Self.pasteBegins, Self.pasteEnds)
            return .pasted
        }
        let keys = Self.keys(bytes)
        // Who wants to leave is let out, whatever stands before it.
        if keys.contains(.end) { return .keys([.end]) }
        if keys.allSatisfy(\.isMove) {
            lastMove = end
            return .keys(keys)
        }
        // The attack: moves before the keys of the paste, so that these arrive alone.
        let isBehindMoves = lastMove.map { start - $0 < Self.pause } ?? false
        lastMove = nil
        return keys.count == 1 && !isBehindMoves ? .keys(keys) : .pasted
    }

    private static func keys(_ bytes: [UInt8]) -> [WatchKey] {
        var keys: [WatchKey] = []
        var rest = bytes[...]
        while let first = rest.popFirst() {
            switch first {
            case 0x1B: keys.append(sequence(&rest))
            case 0x03, 0x04: keys.append(.end)
            case 0x0A, 0x0D: keys.append(.enter)
            case 0x0C: keys.append(.redraw)
            case 0x1A: keys.append(.suspend)
            case 0x08, 0x7F: keys.append(.back)
            case UInt8(ascii: "j"): keys.append(.down)
            case UInt8(ascii: "k"): keys.append(.up)
            case UInt8(ascii: " "): keys.append(.pageDown)
            case UInt8(ascii: "b"): keys.append(.pageUp)
            case UInt8(ascii: "g"): keys.append(.first)
            case UInt8(ascii: "G"): keys.append(.last)
            case 0x21...0x7E: keys.append(.character(Character(Unicode.Scalar(first))))
            default: keys.append(.other)
            }
        }
        return keys
    }

    /// What stands behind an escape (ECMA-48, and xterm's keys).
    private static func sequence(_ rest: inout ArraySlice<UInt8>) -> WatchKey {
        guard let introducer = rest.first else { return .back }
        rest = rest.dropFirst()
        guard introducer == UInt8(ascii: "[") || introducer == UInt8(ascii: "O") else { return .other }
        let parameters = rest.prefix { (0x30...0x3F).contains($0) || (0x20...0x2F).contains($0) }
        rest = rest.dropFirst(parameters.count)
        switch (rest.popFirst(), String(decoding: parameters, as: UTF8.self)) {
        case (UInt8(ascii: "A"), ""): return .up
        case (UInt8(ascii: "B"), ""): return .down
        case (UInt8(ascii: "D"), ""): return .back
        case (UInt8(ascii: "H"), ""), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): return .first
        case (UInt8(ascii: "F"), ""), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): return .last
        case (UInt8(ascii: "~"), "5"): return .pageUp
        case (UInt8(ascii: "~"), "6"): return .pageDown
        default: return .other
        }
    }
}

extension [UInt8] {
    fileprivate func holds(_ mark: [UInt8]) -> Bool { indices.contains { self[$0...].starts(with: mark) } }

    /// Whether the last of the two marks in it is the one of the end.
    fileprivate func endsPaste(_ begin: [UInt8], _ end: [UInt8]) -> Bool {
        for index in indices.reversed() {
            if self[index...].starts(with: end) { return true }
            if self[index...].starts(with: begin) { return false }
        }
        return false
    }
}
