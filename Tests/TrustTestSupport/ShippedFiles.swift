/// The files of `etc/` as a machine would have them, with `/etc/trustd` moved into a scene.
package enum ShippedFiles {
    /// The project's folder.
    package static let project: String = {
        let steps = #filePath.split(separator: "/")
        return "/" + steps.dropLast(3).joined(separator: "/")
    }()

    /// The text of `etc/<name>` with every `/etc/trustd` replaced by the scene's folder.
    package static func text(_ name: String, for folder: SceneFolder) throws -> String {
        let original = try File.read("\(project)/etc/\(name)")
        return original.split(separator: "/etc/trustd", omittingEmptySubsequences: false).joined(separator: folder("etc"))
    }

    /// Installs `etc/exim` and the empty list into the scene.
    package static func install(in folder: SceneFolder) throws {
        for part in ["", "/exim", "/exim/one-file", "/exim/debian", "/certs"] { try folder.makeFolder("etc\(part)") }
        for group in ["one-file", "debian"] {
            for name in File.names(in: "\(project)/etc/exim/\(group)") {
                try folder.write("etc/exim/\(group)/\(name)", text("exim/\(group)/\(name)", for: folder))
            }
        }
        try folder.write("etc/relay_from_certs", text("relay_from_certs", for: folder))
    }
}
