package import SystemPackage

/// The `key = value` lines of our configuration files. Blank lines and lines whose first character is `#` are skipped.
package enum SettingLines {
    /// Calls `set` with each line. Throws at the first unknown or repeated key and at the first bad value: a typing error must not silently
    /// become a default.
    package static func read<Key: RawRepresentable<String> & Hashable>(
        _ text: String, file: FilePath, repeatable: Set<Key> = [], _ set: (Key, String) throws(BadSetting) -> Void
    ) throws(ConfigurationError) {
        var seen: Set<Key> = []
        // As scalars: for Swift CR LF is one character that is not "\n", and a comment would swallow the next line.
        for (index, raw) in text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw).trimmed
            if line.isEmpty || line.first == "#" { continue }
            func mistake(_ reason: String) -> ConfigurationError { ConfigurationError(file: file, line: index + 1, reason: reason) }
            guard let equals = line.firstIndex(of: "=") else {
                throw mistake("“\(Printable(line, limit: 60))” is not of the form key = value")
            }
            let key = String(line[..<equals].trimmed)
            let value = String(line[line.index(after: equals)...].trimmed)
            guard let known = Key(rawValue: key) else { throw mistake("unknown key “\(Printable(key, limit: 60))”") }
            guard repeatable.contains(known) || seen.insert(known).inserted else { throw mistake("“\(key)” is here for the second time") }
            do throws(BadSetting) { try set(known, value) } catch { throw mistake("\(key): \(error.reason)") }
        }
    }

    /// The text of a file, which must be UTF-8.
    package static func text(_ bytes: [UInt8], file: FilePath) throws(ConfigurationError) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw ConfigurationError(file: file, line: bad + 1, reason: "this is not UTF-8 text")
    }
}

/// Why the value of a key is none.
package struct BadSetting: Error {
    package let reason: String

    package init(reason: String) { self.reason = reason }
}
