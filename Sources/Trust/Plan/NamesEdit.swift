import SystemPackage
package import TrustCore

/// What a change does in a folder into which Exim looks at each recipient: which names are made or removed there. It is the folder of a list
/// in folder form, or that of the revoked clients of a CA (`RevokedFolder`).
///
/// Described as a desired state, so applying it is idempotent: after an interruption it is simply applied again, or taken back.
package struct NamesEdit: Codable, Equatable {
    /// Without symbolic links.
    package let path: String
    /// Fingerprints that were not there.
    package internal(set) var add: [Fingerprint] = []
    /// Fingerprints that were there.
    package internal(set) var remove: [Fingerprint] = []
    /// Nil: Exim looks there before and after the change.
    package internal(set) var conversion: Conversion?
    /// Whether the folder itself was not there.
    package internal(set) var makesFolder = false

    /// A change of where Exim looks.
    package enum Conversion: String, Codable {
        /// The folder is filled before the definition names it.
        case intoFolder
        /// The folder is emptied and removed when the change is done, and no definition names it any more.
        case outOfFolder
    }

    package init(
        path: String, add: [Fingerprint] = [], remove: [Fingerprint] = [], conversion: Conversion? = nil, makesFolder: Bool = false
    ) {
        self.path = path
        self.add = add
        self.remove = remove
        self.conversion = conversion
        self.makesFolder = makesFolder
    }

    var folder: FilePath { FilePath(path) }
    var isEmpty: Bool { add.isEmpty && remove.isEmpty && conversion == nil }
}
