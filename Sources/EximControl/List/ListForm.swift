package import SystemPackage
package import TrustCore

/// The forms in which Exim's configuration can define the trust list. Everything that depends on the form stands in this folder, in exhaustive
/// switches: what is approved on the disk and how a change rewrites it (`ListDefinition`, `ApprovedFolder`), the question to Exim and the
/// reading of its answer (`ListValue`), and the list of a rehearsal (`ListForm+Rehearsal.swift`).
package enum ListForm: Equatable, Sendable {
    /// `RELAY_FROM_CERTS = HASH : HASH`: the macro holds every fingerprint. A change takes effect by a reload.
    case macro
    /// The macro looks the client's fingerprint up among the names in this folder, at each recipient. A change takes effect at once, in open
    /// sessions too.
    case folder(FilePath)

    /// The value of `--list`.
    package enum Kind: String, CaseIterable, Codable, Sendable {
        case macro, folder
    }

    package var kind: Kind {
        switch self {
        case .macro: .macro
        case .folder: .folder
        }
    }

    /// The macro that our ACLs look into, whatever the form.
    package static let macroName = "RELAY_FROM_CERTS"

    /// The definition of a list, as one line; in macro form it holds nothing.
    package var emptyDefinition: String {
        switch self {
        case .macro: "\(Self.macroName) ="
        case .folder(let path): "\(Self.macroName) = \(FolderDefinition.value(path))"
        }
    }

    /// The whole file for a new list: it holds nothing yet.
    package var emptyFile: [UInt8] { Array((introduction + emptyDefinition + "\n").utf8) }

    /// The comment above the definition in a file that is ours.
    var introduction: String {
        switch self {
        case .macro:
            """
            # The certificates that may relay mail, one fingerprint a line. trustctl(8) writes this file: list, approve, revoke.
            # Exim reads it through an .include in its main configuration and, after a change, only when it is told to reload.

            """
        case .folder(let path): "# The certificates that may relay are the names in the folder \(path). No reload is needed.\n"
        }
    }

    /// What stands in the configuration, and in the memory of a daemon that has read it, only in this form; empty for a macro.
    package var lookup: String {
        switch self {
        case .macro: ""
        case .folder(let path): FolderDefinition.lookup(path)
        }
    }

    /// Whether the path may be written into expansions and lists of Exim's configuration as it is.
    package static func isPlain(_ path: FilePath) -> Bool {
        path.isAbsolute
            && path.string.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || "/._-+".utf8.contains(byte)
            }
    }
}

/// Whom Exim trusts, as far as its configuration says it.
package enum ListContent: Equatable, Sendable {
    case listed(Set<Fingerprint>)
    /// Those whose names are in this folder.
    case folder(FilePath)

    /// The fingerprints, where the configuration itself holds them.
    package var listed: Set<Fingerprint>? {
        switch self {
        case .listed(let fingerprints): fingerprints
        case .folder: nil
        }
    }
}
