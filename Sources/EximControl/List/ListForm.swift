/// The forms in which Exim's configuration can define the trust list. Everything that knows what a form looks like stands in this folder,
/// in exhaustive switches over this type: in the definition's file (`ListDefinition`), in Exim's answer (`ListValue`), in a rehearsal
/// (`ListForm+Rehearsal.swift`).
package enum ListForm: CaseIterable, Sendable {
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
