package import TrustCore

/// What an approval says besides the certificate.
package struct Terms: Equatable, Sendable {
    /// A name by which other commands find it.
    package var label: String?
    /// The last moment of the approval; nil: it has no end but the certificate's.
    package var until: Timestamp?
    /// What an operator wants to remember of it.
    package var note: String?

    package init(label: String? = nil, until: Timestamp? = nil, note: String? = nil) {
        self.label = label
        self.until = until
        self.note = note
    }

    /// Whether the approval is over.
    package func isOver(at now: Timestamp) -> Bool { until.map { $0 < now } ?? false }
}

/// What a decision says about one of the terms.
package enum Setting<Value: Equatable>: Equatable {
    /// It stays as it is.
    case kept
    case removed
    case set(Value)

    /// Makes it `value`, or removes it.
    package static func restored(_ value: Value?) -> Setting { value.map(Setting.set) ?? .removed }
    /// Makes it `value` if there is one.
    package static func given(_ value: Value?) -> Setting { value.map(Setting.set) ?? .kept }

    package func applied(to old: Value?) -> Value? {
        switch self {
        case .kept: old
        case .removed: nil
        case .set(let value): value
        }
    }
}
