/// What Exim asks of a certificate besides a place in the trust list; the value of `--trust`.
///
/// What differs between the ways stands in files named `WayOfTrust+Topic.swift` of the layer concerned, in exhaustive switches: a new case
/// does not compile until each of them is answered.
package enum WayOfTrust: String, CaseIterable, Codable, Sendable {
    /// Nothing: the ACL checks the certificate's dates, and the certificate is installed nowhere.
    case fingerprint
    /// That it is in the trust directory (`verify = certificate`, the published recipe's way).
    case directory
    /// Nothing of those that are in the list, as with `fingerprint`; and besides them it lets in whom one CA has issued a certificate.
    case authority = "ca"
}
