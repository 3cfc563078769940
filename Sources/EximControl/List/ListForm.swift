/// The forms in which Exim's configuration can define the trust list. Everything that depends on the form stands in this folder, in exhaustive
/// switches: what is approved on the disk and how a change rewrites it (`ListDefinition`), the question to Exim and the reading of its
/// answer (`ListValue`), and the list of a rehearsal (`ListForm+Rehearsal.swift`).
package enum ListForm: Sendable {
    /// `RELAY_FROM_CERTS = HASH : HASH`: the macro holds every fingerprint. A change takes effect by a reload.
    case macro

    /// The macro that our ACLs look into, whatever the form.
    package static let macroName = "RELAY_FROM_CERTS"

    /// The definition of a list that holds nothing, as one line.
    package var emptyDefinition: String {
        switch self {
        case .macro: "\(Self.macroName) ="
        }
    }

    /// The whole file for a new list: it holds nothing yet.
    package var emptyFile: [UInt8] {
        switch self {
        case .macro:
            Array(
                """
                # The certificates that may relay mail, one fingerprint a line. trustctl(8) writes this file: list, approve, revoke.
                # Exim reads it through an .include in its main configuration and, after a change, only when it is told to reload.
                \(emptyDefinition)

                """.utf8)
        }
    }
}
