/// What a certificate may do afterwards.
package enum FingerprintPower: String, CaseIterable, Sendable {
    case approved, none, denied

    var severity: Int {
        switch self {
        case .approved: 0
        case .none: 1
        case .denied: 2
        }
    }

    init(severity: Int) { self = severity == 0 ? .approved : severity == 1 ? .none : .denied }
}

/// What a key may sign afterwards.
package enum KeyPower: String, CaseIterable, Sendable {
    /// Decides about certificates, keys and members.
    case admin
    /// Decides about certificates.
    case `operator`
    /// Is out, and never comes back.
    case none

    var severity: Int {
        switch self {
        case .admin: 0
        case .operator: 1
        case .none: 2
        }
    }

    init(severity: Int) { self = severity == 0 ? .admin : severity == 1 ? .operator : .none }
}

/// Whether a relay belongs to the fleet afterwards.
package enum MemberPower: String, CaseIterable, Sendable {
    case member, none

    var severity: Int { self == .member ? 0 : 1 }

    init(severity: Int) { self = severity == 0 ? .member : .none }
}
