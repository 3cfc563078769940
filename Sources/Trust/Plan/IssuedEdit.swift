package import SystemPackage
package import TrustCore

/// What a change does in the folder from which Exim hands certificates over: one PEM file for each, named by the certificate that its client
/// shows.
package struct IssuedEdit: Codable, Equatable {
    /// Without symbolic links.
    package let path: String
    package var add: [Item] = []
    /// Names that are removed, there or not.
    package var remove: [Fingerprint] = []

    package struct Item: Codable, Equatable {
        package let name: Fingerprint
        let text: String

        package init(name: Fingerprint, text: String) { (self.name, self.text) = (name, text) }
    }

    package init(path: FilePath) { self.path = path.string }

    var folder: FilePath { FilePath(path) }
    package var isEmpty: Bool { add.isEmpty && remove.isEmpty }
}
