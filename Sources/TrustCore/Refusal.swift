/// Why trustd does not queue a sighting. The raw values are the words in `position/status`.
package enum Refusal: String, CaseIterable {
    case denied
    case full
    case fullForAddress = "full-for-address"
    case fullWithoutAddress = "full-without-address"
    case noCertificate = "no-certificate"
    case nameTaken = "name-taken"

    /// The words of those that end when there is room again.
    package static let forLackOfRoom = [Refusal.full, .fullForAddress, .fullWithoutAddress].map(\.rawValue)
}
