import TrustCore

@testable import LogLine

/// A log, read as trustd reads it: line by line, and as whole chunks in which most lines are passed over.
enum LineTarget {
    private static let now = Timestamp(seconds: 1_795_518_400)  // 2026-11-24

    static func take(_ bytes: [UInt8]) {
        let lines = whole(bytes)
        compare(lines, Chance(bytes))
        // The second time most lines are known: `RepeatedLines`.
        compare(lines + lines, Chance(bytes))
    }

    private static func compare(_ lines: [[UInt8]], _ chance: Chance) {
        let single = readSingly(lines)
        let chunked = readInChunks(lines, chance)
        let told = "\n\(single.map(told))\n\(chunked.map(told))"
        demand(
            single.filter(\.finding.isSighting) == chunked.filter(\.finding.isSighting),
            "in chunks the same is sighted as line by line:\(told)")
        // Whoever passes over lines knows less of the neighbours and of the time, and lends less.
        if lines.contains(where: { LinePrefix($0[...]).piece != nil && !LineSearch.holdsPhrase($0[...]) }) { return }
        let lentAlone = Set(chunked.compactMap(lent)).subtracting(single.compactMap(lent))
        demand(lentAlone.isEmpty, "in chunks nothing is lent that is not line by line:\(told)")
    }

    private static func lent(_ found: LineReader.Found) -> String? {
        guard case .observation(_, let observed) = found.finding, observed != PendingEntry.Observation() else { return nil }
        return told(found)
    }

    private static func told(_ found: LineReader.Found) -> String { "\(found.sequence) \(found.finding)" }

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
            guard line.count + 1 <= LineLength.maximum else {
                reader.skip()
                continue
            }
            let finding = reader.read(line[...], begin: begin, now: now)
            demand(finding.description.isPlain, "what --explain says is plain")
            let isCut = check(finding, lines[...index])
            if case .nothing = finding { continue }
            if isCut { continue }
            found.append(LineReader.Found(finding: finding, sequence: sequence))
        }
        return found
    }

    /// Whether it is one that only line by line is found.
    private static func check(_ finding: LineReader.Finding, _ lines: ArraySlice<[UInt8]>) -> Bool {
        switch finding {
        case .sighting(let sighting):
            let read = LineGrammar.read(lines)
            demand(read != nil, "a sighting's message begins with Exim's own words, and nothing follows what belongs to it")
            demand(read?.digits == sighting.fingerprint.description, "a sighting's fingerprint is the 64 digits behind the words")
            demand(read?.certificate == sighting.certificate, "a sighting's certificate is the base64 at its end")
            demand(read?.address.flatMap { Address($0) } == sighting.address, "a sighting's address stands in brackets behind the digits")
            return read?.isCutInItsWords ?? false
        case .noCertificate:
            let read = LineGrammar.begun(lines)
            demand(read != nil, "what is refused as no certificate begins with Exim's own words")
            return read?.isCutInItsWords ?? false
        case .observation(_, let observed):
            let line = String(decoding: lines.last ?? [], as: UTF8.self)
            for name in [observed.helo, observed.domain].compactMap({ $0 }) {
                demand((1...255).contains(name.utf8.count) && line.contains(name), "an observed name stands in the line")
                demand(name.utf8.allSatisfy(LineGrammar.isNameByte), "an observed name is made of what names are made of")
            }
        case .nothing: break
        }
        return false
    }

    private static func readInChunks(_ lines: [[UInt8]], _ chance: Chance) -> [LineReader.Found] {
        var chance = chance
        var reader = LineReader()
        var found: [LineReader.Found] = []
        var rest = lines[...]
        var sequence: UInt64 = 0
        while !rest.isEmpty {
            let count = Int.random(in: 1...rest.count, using: &chance)
            let chunk: [UInt8] = rest.prefix(count).flatMap { $0 + [0x0A] }
            _ = chunk.withUnsafeBytes { reader.read(lines: $0, begin: sequence, now: now, found: &found) }
            sequence += UInt64(chunk.count)
            rest = rest.dropFirst(count)
        }
        return found
    }
}
