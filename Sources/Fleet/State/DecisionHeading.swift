package import TrustCore

/// Who has decided, when and why, without what.
package struct DecisionHeading: Sendable {
    package let serial: Serial
    package let time: Timestamp
    package let signer: String
    package let reason: String?
}
