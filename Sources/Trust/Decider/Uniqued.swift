extension Array where Element: Hashable {
    /// Each element once, in the order of its first place.
    package func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
