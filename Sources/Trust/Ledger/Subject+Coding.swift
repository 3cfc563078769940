import TrustCore

extension Decision.Subject: Codable {
    private enum CodingKeys: String, CodingKey {
        case fingerprint, before, after, label, until, note, evidence, signed
        case labelBefore = "label_before"
        case untilBefore = "until_before"
        case noteBefore = "note_before"
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        // An end that cannot be read is not taken for none.
        func moment(_ key: CodingKeys) throws -> Timestamp? {
            guard let text = try fields.decodeIfPresent(String.self, forKey: key) else { return nil }
            guard let moment = Timestamp(rfc3339: text) else {
                throw DecodingError.dataCorruptedError(forKey: key, in: fields, debugDescription: "it is no moment")
            }
            return moment
        }
        self.init(
            fingerprint: try fields.decode(Fingerprint.self, forKey: .fingerprint),
            before: try fields.decode(TrustState.self, forKey: .before), after: try fields.decode(TrustState.self, forKey: .after),
            terms: Terms(
                label: try fields.decodeIfPresent(String.self, forKey: .label), until: try moment(.until),
                note: try fields.decodeIfPresent(String.self, forKey: .note)),
            termsBefore: Terms(
                label: try fields.decodeIfPresent(String.self, forKey: .labelBefore), until: try moment(.untilBefore),
                note: try fields.decodeIfPresent(String.self, forKey: .noteBefore)),
            evidence: try fields.decodeIfPresent(Evidence.self, forKey: .evidence))
        signed = try fields.decodeIfPresent(Int.self, forKey: .signed)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(fingerprint, forKey: .fingerprint)
        try fields.encode(before, forKey: .before)
        try fields.encode(after, forKey: .after)
        try fields.encodeIfPresent(terms.label, forKey: .label)
        try fields.encodeIfPresent(terms.until?.description, forKey: .until)
        try fields.encodeIfPresent(terms.note, forKey: .note)
        try fields.encodeIfPresent(termsBefore.label, forKey: .labelBefore)
        try fields.encodeIfPresent(termsBefore.until?.description, forKey: .untilBefore)
        try fields.encodeIfPresent(termsBefore.note, forKey: .noteBefore)
        try fields.encodeIfPresent(evidence, forKey: .evidence)
        try fields.encodeIfPresent(signed, forKey: .signed)
    }
}
