import SystemPackage
import TrustCore

extension Checkpoint {
    /// The lines behind those about fingerprints: `inode`, `index`, `known`, `list`, `setup`, `sum`.
    struct Trailer {
        var marks = LedgerSum.Marks()
        /// The ledger's.
        var inode: UInt64 = 0
        /// Where the index begins.
        private(set) var index = 0
        /// SHA-256 of the file's bytes before the line that says it, and where that line begins.
        private(set) var sum = ""
        private(set) var sumPlace = 0
        /// Where these lines begin.
        private(set) var place = 0

        init(marks: LedgerSum.Marks, inode: UInt64, index: Int) {
            self.marks = marks
            self.inode = inode
            self.index = index
        }

        /// Reads it from the end of `file`. `start` is where lines begin.
        init(of file: LedgerBytes, from start: Int) throws(Distrust) {
            var step = 4_096
            while true {
                let from = max(start, file.count - step)
                let part = try Checkpoint.read { () throws(SystemError) in try file.part(from..<file.count) }
                var lines = part.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                guard lines.popLast()?.isEmpty == true, !lines.isEmpty else { throw Distrust("its end is missing") }
                let own = lines.reversed().prefix { $0.first.map { (0x61...0x7A).contains($0) } ?? false }
                // The line before them must be seen, or there is none.
                if own.count == lines.count, from > start {
                    step *= 4
                    continue
                }
                guard let last = own.first, let first = own.reversed().first else { throw Distrust("its end is missing") }
                place = from + first.startIndex - part.startIndex
                sumPlace = from + last.startIndex - part.startIndex
                for line in own.reversed() { try take(String(decoding: line, as: UTF8.self)) }
                guard sum.utf8.count == 64 else { throw Distrust("its end is missing") }
                return
            }
        }

        private mutating func take(_ line: String) throws(Distrust) {
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            switch words.first {
            case "index" where words.count == 2: index = Int(words[1]) ?? 0
            case "inode" where words.count == 2: inode = UInt64(words[1]) ?? 0
            case "known" where words.count == 3:
                marks.files.append(.init(isList: words[1].hasPrefix("list"), path: words[2], exists: !words[1].hasSuffix("-")))
            case "list" where words.count == 3: marks.list = [words[2], words[1]]
            case "setup" where words.count == 3:
                marks.setup = words[1] == "-" ? "" : words[1]
                marks.setupPlace = Int(words[2])
            case "sum" where words.count == 2: sum = words[1]
            default: throw Distrust("one of its lines is not understood")
            }
        }

        /// All but the line of the sum.
        var text: String {
            var text = "inode \(inode)\nindex \(index)\n"
            for file in marks.files { text += "known \(file.isList ? "list" : "file")\(file.exists ? "+" : "-") \(file.path)\n" }
            if marks.list.count == 2 { text += "list \(marks.list[1]) \(marks.list[0])\n" }
            if let setup = marks.setup { text += "setup \(setup.isEmpty ? "-" : setup) \(marks.setupPlace.map { "\($0)" } ?? "-")\n" }
            return text
        }
    }
}
