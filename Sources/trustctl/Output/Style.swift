import Glibc

/// How text may look: colours, on a terminal that has not asked for none (no-color.org), and its width.
struct Style {
    private let isOn: Bool
    /// How many columns the terminal has; nil when it is none: then every text keeps the one form that programs know.
    let columns: Int?

    init(for descriptor: CInt) {
        let isTerminal = isatty(descriptor) != 0
        isOn =
            isTerminal && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true && getenv("TERM").map { String(cString: $0) } != "dumb"
        columns = isTerminal ? Self.columns(of: descriptor) : nil
    }

    /// Without colours, for a terminal of this width.
    init(columns: Int?) { self.init(isOn: false, columns: columns) }

    private init(isOn: Bool, columns: Int?) { (self.isOn, self.columns) = (isOn, columns) }

    /// The same on a terminal of this width.
    func wide(_ columns: Int) -> Style { Style(isOn: isOn, columns: columns) }

    /// In the colours of the background.
    func reversed(_ text: String) -> String { isOn ? "\u{1B}[7m\(text)\u{1B}[0m" : text }
    func bold(_ text: String) -> String { isOn ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    func warning(_ text: String) -> String { isOn ? "\u{1B}[33m\(text)\u{1B}[0m" : text }

    /// By the terminal, else by COLUMNS, else the width that every terminal has.
    private static func columns(of descriptor: CInt) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        let named = getenv("COLUMNS").flatMap { Int(String(cString: $0)) } ?? 80
        return (1...1_000).contains(named) ? named : 80
    }
}
