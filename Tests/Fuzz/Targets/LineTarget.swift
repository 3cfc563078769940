import TrustCore

@testable import trustd

/// A log, read as trustd reads it: line by line, and as whole chunks in which most lines are passed over.
enum LineTarget {
    private static let now = Timestamp(seconds: 1_795_518_400)  // 2026-11-24

    static func take(_ bytes: [UInt8]) {
        let lines = whole(bytes)
        let single = readSingly(lines)
        demand(readInChunks(lines, Chance(bytes)) == single, "a log read in chunks says the same as line by line")
        // The second time most lines are known: `RepeatedLines`.
        let twice = lines + lines
        demand(readInChunks(twice, Chance(bytes)) == readSingly(twice), "a repeated log says the same as line by line")
    }

    /// The lines that have ended.
    private static func whole(_ bytes: [UInt8]) -> [[UInt8]] {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map { Array($0) }
    }

    private static func readSingly(_ lines: [[UInt8]]) -> [LineReader.Found] {
        var reader = LineReader()
        var found: [LineReader.Found] = []
        var sequence: UInt64 = 0
        for (index, line) in lines.enumerated() {
            let begin = sequence
            sequence += UInt64(line.count) + 1
            guard line.count + 1 <= Int(LogPosition.maximumLine) else {
                reader.skip()
                continue
            }
            let finding = reader.read(line[...], begin: begin, now: now)
            demand(Explanation.text(for: finding).isPlain, "what --explain says is plain")
            check(finding, lines[...index])
            if case .nothing = finding { continue }
            found.append(LineReader.Found(finding: finding, sequence: sequence))
        }
        return found
    }

    private static func check(_ finding: LineReader.Finding, _ lines: ArraySlice<[UInt8]>) {
        switch finding {
        case .sighting(let sighting):
            let read = LineGrammar.read(lines)
            demand(read != nil, "a sighting's message begins with Exim's own words, and nothing follows what belongs to it")
            demand(read?.digits == sighting.fingerprint.description, "a sighting's fingerprint is the 64 digits behind the words")
            demand(read?.certificate == sighting.certificate, "a sighting's certificate is the base64 at its end")
            demand(read?.address.flatMap { Address($0) } == sighting.address, "a sighting's address stands in brackets behind the digits")
        case .noCertificate: demand(LineGrammar.read(lines) != nil, "what is refused as no certificate begins with Exim's own words")
        case .observation(_, let observed):
            let line = String(decoding: lines.last ?? [], as: UTF8.self)
            for name in [observed.helo, observed.domain].compactMap({ $0 }) {
                demand((1...255).contains(name.utf8.count) && line.contains(name), "an observed name stands in the line")
                demand(name.utf8.allSatisfy(LineGrammar.isNameByte), "an observed name is made of what names are made of")
            }
        case .nothing: break
        }
    }

    private static func readInChunks(_ lines: [[UInt8]], _ chance: Chance) -> [LineReader.Found] {
        var chance = chance
        var reader = LineReader()
        var found: [LineReader.Found] = []
        var rest = lines[...]
        var sequence: UInt64 = 0
        while !rest.isEmpty {
            let count = Int.random(in: 1...rest.count, using: &chance)
            let chunk = rest.prefix(count).flatMap { $0 + [0x0A] }
            chunk.withUnsafeBytes { reader.read(lines: $0, begin: sequence, now: now, found: &found) }
            sequence += UInt64(chunk.count)
            rest = rest.dropFirst(count)
        }
        return found
    }
}
