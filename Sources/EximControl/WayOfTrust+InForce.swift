package import SystemPackage
import TrustCore

extension WayOfTrust {
    /// The macro by which our own snippets tell Exim, and so us, which way they implement.
    package static let macroName = "TRUSTD_TRUST"
    package static let directoryOption = "tls_verify_certificates"

    /// The line that defines that macro.
    package var definition: String { "\(Self.macroName) = \(rawValue)" }

    /// The way in force by Exim's own answers.
    package struct InForce: Equatable {
        package let way: WayOfTrust
        /// The folder in which Exim looks for certificates; nil where the way needs none.
        package let directory: FilePath?
    }

    /// Reads Exim's values of `macroName` and `directoryOption`. `isFolder` looks on the disk.
    ///
    /// Exim may verify against a file of certificates, against `system`, or against what only an expansion tells. trustctl can install
    /// nothing there, so that counts as `fingerprint`.
    package static func inForce(_ values: [String: String], isFolder: (FilePath) -> Bool) -> InForce {
        let place = values[directoryOption].flatMap { $0.hasPrefix("/") && !$0.contains("$") ? FilePath($0) : nil }
        let folder = place.flatMap { isFolder($0) ? $0 : nil }
        switch values[macroName].flatMap(WayOfTrust.init) {
        case .fingerprint: return InForce(way: .fingerprint, directory: nil)
        // A configuration without our macro may be the recipe's.
        case .directory, nil: return InForce(way: folder == nil ? .fingerprint : .directory, directory: folder)
        }
    }
}

extension EximProgram {
    /// The way in force, by Exim's own answer.
    package func wayInForce() throws(EximError) -> WayOfTrust.InForce {
        WayOfTrust.inForce(try values(options: [WayOfTrust.directoryOption], macros: [WayOfTrust.macroName])) { path in
            (try? Folder(path, followingLink: true)) != nil
        }
    }
}
