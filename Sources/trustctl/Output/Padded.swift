extension String {
    /// With blanks behind it up to `width` characters.
    func padded(to width: Int) -> String { count >= width ? self + " " : self + String(repeating: " ", count: width - count) }
}
