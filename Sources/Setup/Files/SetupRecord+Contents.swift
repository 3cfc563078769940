extension SetupRecord {
    /// Whether a file that the setup has written contains `text`.
    package func writes(_ text: String) -> Bool {
        files.contains { String(decoding: $0.after, as: UTF8.self).contains(text) }
    }
}
