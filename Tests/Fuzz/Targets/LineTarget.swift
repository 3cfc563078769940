import TrustCore

@testable import Doctor
@testable import LogLine

/// A log, read as trustd reads it: line by line, and in chunks in which most lines are skipped.
enum LineTarget {
    private static let now = Timestamp(seconds: 1_795_518_400)  // 2026-11-24

    static func take(_ bytes: [UInt8]) {
        let lines = whole(bytes)
        compare(lines, Chance(bytes))
        // The second time most lines are known, see `RepeatedLines`.
        compare(lines + lines, Chance(bytes))
    }

    private static func compare(_ lines: [[UInt8]], _ chance: Chance) {
        let single = readSingly(lines)
        let chunked = readInChunks(lines, chance)
        let told = "\n\(single.map(told))\n\(chunked.map(told))"
        demand(
            single.filter(\.finding.isSighting) == chunked.filter(\.finding.isSighting),
            "chunks give the same sightings as single lines:\(told)")
        // A reader that skips lines knows less of the neighbouring lines and of the time, and infers fewer observations.
        if lines.contains(where: { LinePrefix($0[...]).piece != nil && !LineSearch.holdsPhrase($0[...]) }) { return }
        if goesBack(lines) { return }
        let lentAlone = Set(chunked.flatMap(lent)).subtracting(single.flatMap(lent))
        demand(lentAlone.isEmpty, "chunks give no observation that single lines do not:\(told)")
    }

    /// Without what is withdrawn or doubtful.
    private static func lent(_ found: LineReader.Found) -> [String] {
        guard case .observations(let all) = found.finding else { return [] }
        return all.filter { $0.facts != PendingEntry.Observation() && $0.facts.oneOf.isEmpty }.map { "\(found.sequence) \($0)" }
    }

    /// Whether the clock goes back somewhere.
    private static func goesBack(_ lines: [[UInt8]]) -> Bool {
        var clock = LogClock()
        let times = lines.compactMap { clock.moment(of: LinePrefix($0[...]).time, now: now) }
        return zip(times, times.dropFirst()).contains { $0 > $1 }
    }

    private static func told(_ found: LineReader.Found) -> String { "\(found.sequence) \(found.finding)" }

    /// The complete lines.
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
            demand(finding.description.isPlain, "the output of --explain is plain text")
            let isCut = check(finding, lines[...index])
            if case .nothing = finding { continue }
            if isCut { continue }
            found.append(LineReader.Found(finding: finding, sequence: sequence))
        }
        return found
    }

    /// Whether it is a finding that only reading line by line can make.
    private static func check(_ finding: LineReader.Finding, _ lines: ArraySlice<[UInt8]>) -> Bool {
        switch finding {
        case .sighting(let sighting):
            let read = LineGrammar.read(lines)
            demand(read != nil, "a sighting's message begins with the phrase, and nothing follows its parts")
            demand(read?.digits == sighting.fingerprint.description, "a sighting's fingerprint is the 64 digits behind the phrase")
            demand(read?.certificate == sighting.certificate, "a sighting's certificate is the base64 at its end")
            demand(read?.address.flatMap { Address($0) } == sighting.address, "a sighting's address is in brackets behind the digits")
            return read?.isCutInItsWords ?? false
        case .noCertificate:
            let read = LineGrammar.begun(lines)
            demand(read != nil, "a refused digest of no certificate begins with the phrase")
            return read?.isCutInItsWords ?? false
        case .observations(let all):
            let line = String(decoding: lines.last ?? [], as: UTF8.self)
            demand(!all.isEmpty, "an observation is one of something")
            for one in all where !one.facts.oneOf.isEmpty {
                demand(one.facts.address == nil, "a choice of addresses is not an address")
                demand(
                    (2...PendingEntry.Observation.maximumAddresses).contains(Set(one.facts.oneOf).count)
                        && Set(one.facts.oneOf).count == one.facts.oneOf.count, "a choice is one between few")
            }
            for name in all.flatMap({ [$0.facts.helo, $0.facts.domain] }).compactMap({ $0 }) {
                demand((1...255).contains(name.utf8.count) && line.contains(name), "an observed name is in the line")
                demand(name.utf8.allSatisfy(LineGrammar.isNameByte), "an observed name has only characters of host names")
            }
        case .nothing: break
        }
        return false
    }

    private static func readInChunks(_ lines: [[UInt8]], _ chance: Chance) -> [LineReader.Found] {
        var chance = chance
        // What was read before is remembered, as in a flood.
        var reader = LineReader(flood: 0)
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
