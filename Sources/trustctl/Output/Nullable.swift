import TrustCore

/// A field of a JSON document that is null, and not absent, when it has no value.
@propertyWrapper
struct Nullable<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}

/// A time of the ledger's, null where it is none: a program that reads dates never gets another text.
@propertyWrapper
struct NullableTime: Encodable {
    var wrappedValue: String?

    init(wrappedValue: String?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        try Nullable(wrappedValue: wrappedValue.flatMap { Timestamp(rfc3339: $0)?.description }).encode(to: encoder)
    }
}
