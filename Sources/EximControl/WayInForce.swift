package import SystemPackage
import TrustCore

/// What else Exim asks of a certificate, besides a place in the trust list.
package enum WayInForce: Equatable {
    /// Nothing: its dates are checked by the ACL, and no certificate is installed anywhere.
    case fingerprint
    /// That it is in this folder (`verify = certificate`, the published recipe's way).
    case directory(FilePath)

    /// The macro by which our own snippets say which way they go.
    package static let macro = "TRUSTD_TRUST"
    package static let option = "tls_verify_certificates"

    /// The way that Exim's answers tell of. `isFolder` looks on the disk.
    ///
    /// A file of certificates, `system`, or what only an expansion knows is not ours to keep: then nothing can be installed.
    package init(_ values: [String: String], isFolder: (FilePath) -> Bool) {
        let place = values[Self.option].flatMap { $0.hasPrefix("/") && !$0.contains("$") ? FilePath($0) : nil }
        if values[Self.macro] != "fingerprint", let place, isFolder(place) { self = .directory(place) } else { self = .fingerprint }
    }
}

extension EximProgram {
    /// The way in force, by Exim's own answer.
    package func trustWay() throws(EximError) -> WayInForce {
        WayInForce(try values(options: [WayInForce.option], macros: [WayInForce.macro])) { path in
            (try? Folder(path, followingLink: true)) != nil
        }
    }
}
