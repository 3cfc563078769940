import Host
import SystemPackage
package import TrustCore

/// A macro that changes a fingerprint where Exim uses the list.
///
/// Exim replaces the names of macros in every line, in the order of their definitions and also in what another macro has brought there
/// (src/readconf.c, `macros_expand`). A macro `AC` that is defined behind the list changes every hash that contains `AC` in the ACL, while
/// `exim -bP macro RELAY_FROM_CERTS` still shows the right one. That client is refused for ever.
package struct HashAlteration: Equatable, CustomStringConvertible {
    package let macro: String
    package let fingerprint: Fingerprint
    /// `file:line` of the macro's definition; nil when it was not found.
    package let place: String?

    package var description: String {
        "the macro \(macro)\(place.map { ", which \($0) defines," } ?? "") is a part of \(fingerprint): Exim would compare with another text"
    }

    init(macro: String, fingerprint: Fingerprint, place: String?) {
        self.macro = macro
        self.fingerprint = fingerprint
        self.place = place
    }

    /// Whether a macro of this name can be a part of a fingerprint: all its characters are upper-case hexadecimal digits.
    static func isPossible(_ name: some StringProtocol) -> Bool {
        name.utf8.allSatisfy { (48...57).contains($0) || (65...70).contains($0) } && name.utf8.count <= Fingerprint.digits
    }

    /// The names of the macros in Exim's answer to `exim -bP macros` that can be a part of a fingerprint.
    static func candidates(in answer: Program.Result) -> [String] {
        String(decoding: answer.output, as: UTF8.self).split(separator: "\n").compactMap { line in
            guard let equals = line.firstIndex(of: "="), equals > line.startIndex, isPossible(line[..<equals]) else { return nil }
            return String(line[..<equals])
        }
    }

    /// The first fingerprint that each of `macros` changes.
    static func all(of macros: [String], in fingerprints: some Collection<Fingerprint>, from files: [FilePath]) -> [HashAlteration] {
        guard !macros.isEmpty else { return [] }
        let texts = fingerprints.map { (fingerprint: $0, digits: $0.description) }
        return macros.flatMap { macro -> [HashAlteration] in
            let changed = texts.filter { $0.digits.contains(macro) }
            guard !changed.isEmpty else { return [] }
            let place = place(of: macro, in: files)
            return changed.map { HashAlteration(macro: macro, fingerprint: $0.fingerprint, place: place) }
        }
    }

    /// `file:line` of the first definition of `macro` in `files` and what they include.
    private static func place(of macro: String, in files: [FilePath]) -> String? {
        var found: String?
        var seen: Set<FilePath> = []
        var walk = ConfigurationWalk()
        walk.visitAll(from: files) { path, _ in
            let path = ResolvedPath(orAsWritten: path).filePath
            guard found == nil, seen.insert(path).inserted, let bytes = try? LocalFileSystem().contents(of: path) else { return nil }
            var lines = LogicalLines(bytes)
            while found == nil, let line = lines.next() {
                if line.macro.map(String.init) == macro { found = "\(path):\(line.number)" }
            }
            return bytes
        }
        return found
    }
}
