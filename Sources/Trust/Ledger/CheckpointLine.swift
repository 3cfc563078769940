import Certificates
import TrustCore

/// A line of the checkpoint: the last word about one fingerprint, without what only a card shows. Fields are separated by tabs, and an empty
/// one is absent; a backslash hides a tab, a newline, a backslash and an empty text (`\t`, `\n`, `\\`, `\0`).
struct CheckpointLine {
    /// The fields behind the fingerprint, in their order. With other fields it is another version of the file.
    private enum Field: Int, CaseIterable {
        case after, label, by, time, key, notAfter, place
        case number, action, wasApproved, lost, hasReason, isEnough, evidencePlace
        case sightings, firstSeen, lastSeen, seenFrom, notBefore, subject, source, until, note
    }

    /// Whether the fingerprint is `state` by its last word. Quick: the field is the first one.
    static func says(_ state: TrustState, _ line: ArraySlice<UInt8>) -> Bool {
        line.dropFirst(Fingerprint.digits + 1).starts(with: state.rawValue.utf8)
    }

    /// When the fingerprint was seen last; nil when that is not known.
    static func lastSeen(_ line: ArraySlice<UInt8>) -> Timestamp? {
        field(.lastSeen, line).flatMap { Timestamp(rfc3339: String(decoding: $0, as: UTF8.self)) }
    }

    /// The field in which an index looks, as it stands there.
    static func text(of kind: CheckpointIndex.Kind, in line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        switch kind {
        case .key: field(.key, line)
        case .subject: field(.subject, line)
        case .label: field(.label, line)
        }
    }

    /// Where the fields are. Only places: a list takes a hundred thousand lines apart.
    private static func places(_ line: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        [Range<Int>](unsafeUninitializedCapacity: Field.allCases.count + 1) { places, count in
            var start = min(Fingerprint.digits + 1, line.count)
            for place in start..<line.count where line[place] == UInt8(ascii: "\t") && count < Field.allCases.count {
                places.initializeElement(at: count, to: start..<place)
                count += 1
                start = place + 1
            }
            places.initializeElement(at: count, to: start..<line.count)
            count += 1
        }
    }

    private static func field(_ field: Field, _ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        line.withUnsafeBufferPointer { bytes in
            var start = Fingerprint.digits + 1
            var number = 0
            for place in start..<max(start, bytes.count) where bytes[place] == UInt8(ascii: "\t") {
                if number == field.rawValue { return line[(line.startIndex + start)..<(line.startIndex + place)] }
                number += 1
                start = place + 1
            }
            return number == field.rawValue && start <= bytes.count ? line[(line.startIndex + start)...] : nil
        }
    }

    static func text(_ fingerprint: Fingerprint, _ word: Ledger.LastWord) -> [UInt8] {
        var values = [String](repeating: "", count: Field.allCases.count)
        func set(_ field: Field, _ value: String?) { values[field.rawValue] = value.map(hidden) ?? "" }
        let evidence = word.evidence
        let outline = word.outline ?? evidence?.certificate.flatMap { try? CertificateOutline(claimed: $0, for: fingerprint) }
        set(.after, word.after.rawValue)
        set(.label, word.label)
        set(.by, word.by)
        set(.time, word.time)
        set(.key, outline?.spkiSHA256)
        set(.notAfter, outline?.notAfter.description)
        set(.place, "\(word.place)")
        set(.number, "\(word.number)")
        set(.action, word.action.rawValue)
        set(.wasApproved, word.wasApproved ? "yes" : nil)
        set(.lost, word.lost)
        // A list must read the ledger for a reason, and for a certificate that is none or another one's.
        set(.hasReason, word.reason == nil ? nil : "yes")
        set(.isEnough, word.hasListedEvidence && (evidence?.certificate == nil || outline != nil) ? "yes" : nil)
        set(.evidencePlace, word.evidencePlace.map { "\($0)" })
        set(.sightings, evidence?.sightings.map { "\($0)" })
        set(.firstSeen, evidence?.firstSeen)
        set(.lastSeen, evidence?.lastSeen)
        if let address = evidence?.addresses.last {
            set(.seenFrom, "address \(address)")
        } else if let address = evidence?.observed?.address {
            set(.seenFrom, "observed \(address)")
        } else if let oneOf = evidence?.observed?.oneOf {
            set(.seenFrom, "choice \(oneOf.joined(separator: ", "))")
        }
        set(.notBefore, outline?.notBefore.description)
        set(.subject, outline?.subject)
        set(.source, evidence?.source?.rawValue)
        set(.until, word.until?.description)
        set(.note, word.note)
        return Array("\(fingerprint)\t\(values.joined(separator: "\t"))\n".utf8)
    }

    /// Nil for a line that `text` would not have written.
    static func word(_ line: ArraySlice<UInt8>) -> Ledger.LastWord? { line.withUnsafeBufferPointer { word($0) } }

    private static func word(_ line: UnsafeBufferPointer<UInt8>) -> Ledger.LastWord? {
        let places = places(line)
        guard places.count >= Field.allCases.count else { return nil }
        func value(_ field: Field) -> String? {
            let place = places[field.rawValue]
            return place.isEmpty ? nil : shown(UnsafeBufferPointer(rebasing: line[place]))
        }
        func count(_ field: Field) -> Int? { Decimal.number(UnsafeBufferPointer(rebasing: line[places[field.rawValue]])) }
        func isSet(_ field: Field) -> Bool { !places[field.rawValue].isEmpty }
        guard let after = value(.after).flatMap(TrustState.init), let by = value(.by), let time = value(.time), let place = count(.place),
            let number = count(.number), let action = value(.action).flatMap(Decision.Action.init)
        else { return nil }
        var evidence: Evidence?
        if isSet(.evidencePlace) {
            var seen = Evidence()
            seen.sightings = count(.sightings).map(UInt64.init)
            seen.firstSeen = value(.firstSeen)
            seen.lastSeen = value(.lastSeen)
            seen.source = value(.source).flatMap(CertificateSource.init)
            if let from = value(.seenFrom), let blank = from.firstIndex(of: " ") {
                let text = String(from[from.index(after: blank)...])
                switch from[..<blank] {
                case "address": seen.addresses = [text]
                case "observed": seen.observed = .init(address: text, helo: nil, domain: nil)
                default: seen.observed = .init(address: nil, helo: nil, domain: nil, oneOf: [text])
                }
            }
            evidence = seen
        }
        var outline: CertificateOutline?
        if let key = value(.key), let end = value(.notAfter).flatMap({ Timestamp(rfc3339: $0) }),
            let begin = value(.notBefore).flatMap({ Timestamp(rfc3339: $0) })
        {
            outline = CertificateOutline(subject: value(.subject) ?? "", notBefore: begin, notAfter: end, spkiSHA256: key)
        }
        let until = value(.until).flatMap { Timestamp(rfc3339: $0) }
        guard isSet(.until) == (until != nil) else { return nil }
        let isEnough = isSet(.isEnough)
        return Ledger.LastWord(
            number: number, action: action, time: time, by: by, after: after, label: value(.label), until: until, note: value(.note),
            wasApproved: isSet(.wasApproved), lost: value(.lost), reason: nil, evidence: evidence, outline: outline, place: place,
            evidencePlace: count(.evidencePlace), extent: isEnough && !isSet(.hasReason) ? .lists : .reference,
            hasListedEvidence: isEnough)
    }

    static func hidden(_ text: String) -> String {
        if text.isEmpty { return "\\0" }
        guard text.utf8.contains(where: { [0x09, 0x0A, 0x5C].contains($0) }) else { return text }
        return text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t").replacing("\n", with: "\\n")
    }

    private static func shown(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard bytes.contains(0x5C) else { return String(decoding: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        var isHidden = false
        for byte in bytes {
            if isHidden {
                switch byte {
                case UInt8(ascii: "t"): plain.append(0x09)
                case UInt8(ascii: "n"): plain.append(0x0A)
                case UInt8(ascii: "0"): break
                default: plain.append(byte)
                }
                isHidden = false
            } else if byte == 0x5C {
                isHidden = true
            } else {
                plain.append(byte)
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
