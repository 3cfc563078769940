package import SystemPackage
import TrustCore

extension WayOfTrust {
    /// The macro by which our own snippets tell Exim, and so us, which way they implement.
    package static let macroName = "TRUSTD_TRUST"
    /// The macro by which they tell which of our texts they are. Exim without it, but with `macroName`, has those of trustd 0.1.
    package static let rulesName = "TRUSTD_RULES"
    /// The present one: both ways look at a certificate's dates, also where these are beyond 2106.
    package static let rules = 2
    /// The macro that holds the CA's name as this build of Exim prints it.
    package static let authorityName = "TRUSTD_CA_NAME"
    /// The macro that holds the folder in which the rules look for the CA's revoked clients.
    package static let revokedName = "TRUSTD_CA_REVOKED"
    /// All macros that only our own texts define.
    package static let ownMacros = [macroName, rulesName, authorityName, revokedName]
    package static let directoryOption = "tls_verify_certificates"

    /// The lines that define these macros.
    package var definition: String { "\(Self.macroName) = \(rawValue)\n\(Self.rulesName) = \(Self.rules)" }

    /// Whether Exim runs with texts of ours that are older than the present ones, by its values of both macros.
    package static func hasOldRules(_ values: [String: String]) -> Bool {
        values[macroName].flatMap(WayOfTrust.init) != nil && (values[rulesName].flatMap { Int($0) } ?? 1) < rules
    }

    /// The way in force by Exim's own answers.
    package struct InForce: Equatable {
        package let way: WayOfTrust
        /// The folder in which Exim looks for certificates; nil where the way needs none.
        package let directory: FilePath?
        /// Whether the ACLs are ours, but older than this program.
        package var hasOldRules = false
    }

    /// Reads Exim's values of `macroName` and `directoryOption`. `isFolder` looks on the disk.
    ///
    /// Exim may verify against a file of certificates, against `system`, or against what only an expansion tells. trustctl can install
    /// nothing there, so that counts as `fingerprint`.
    package static func inForce(_ values: [String: String], isFolder: (FilePath) -> Bool) -> InForce {
        let place = values[directoryOption].flatMap { $0.hasPrefix("/") && !$0.contains("$") ? FilePath($0) : nil }
        let folder = place.flatMap { isFolder($0) ? $0 : nil }
        let isOld = hasOldRules(values)
        switch values[macroName].flatMap(WayOfTrust.init) {
        case .fingerprint: return InForce(way: .fingerprint, directory: nil, hasOldRules: isOld)
        case .authority: return InForce(way: .authority, directory: nil, hasOldRules: isOld)
        // A configuration without our macro may be the recipe's.
        case .directory, nil: return InForce(way: folder == nil ? .fingerprint : .directory, directory: folder, hasOldRules: isOld)
        }
    }
}

extension EximProgram {
    /// The way in force, by Exim's own answer.
    package func wayInForce() throws(EximError) -> WayOfTrust.InForce {
        WayOfTrust.inForce(try values(options: [WayOfTrust.directoryOption], macros: [WayOfTrust.macroName, WayOfTrust.rulesName])) {
            path in
            (try? Folder(path, followingLink: true)) != nil
        }
    }
}
