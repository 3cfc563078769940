/// What a fingerprint is to this relay. It has one state: approved takes precedence over denied, and denied over pending.
package enum TrustState: String, Codable, CaseIterable {
    case pending, approved, denied
    /// Not known, or no longer.
    case none
}
