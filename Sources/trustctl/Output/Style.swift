import Glibc

/// Colours, on a terminal that has not asked for none (no-color.org).
struct Style {
    private let isOn: Bool

    init(for descriptor: CInt) {
        isOn =
            isatty(descriptor) != 0 && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
            && getenv("TERM").map { String(cString: $0) } != "dumb"
    }

    func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    func warning(_ text: String) -> String { isOn ? "\u{1B}[33m\(text)\u{1B}[0m" : text }
}
