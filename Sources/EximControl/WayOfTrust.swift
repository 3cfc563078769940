/// The two ways in which Exim knows a certificate for good, as `--trust` names them.
package enum WayOfTrust: String, CaseIterable, Codable {
    case fingerprint
    case directory
}
