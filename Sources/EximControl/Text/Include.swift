import SystemPackage

/// `.include PATH` or `.include_if_exists PATH`, quoted or not (src/readconf.c, `get_config_line`).
struct Include {
    let path: FilePath
    let ifExists: Bool

    init?(_ line: LogicalLines.Line) {
        guard line.directive == .include else { return nil }
        let word = line.content.prefix { !$0.isBlank }
        var path = line.content.dropFirst(word.count).withoutBlanks
        if path.count > 1, path.first == UInt8(ascii: "\""), path.last == UInt8(ascii: "\"") { path = path.dropFirst().dropLast() }
        self.path = FilePath(String(decoding: path, as: UTF8.self))
        ifExists = word.count > ".include".utf8.count
    }
}
