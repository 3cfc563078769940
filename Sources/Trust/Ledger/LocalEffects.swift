package import EximControl
package import TrustCore

/// What a decision changed on this host.
package struct LocalEffects: Codable, Equatable {
    package var list: ListChange?
    package internal(set) var directory: DirectoryChange?
    package internal(set) var setup: SetupChange?
    /// The name of the invitation by which a certificate was approved, or which was made or ended.
    package internal(set) var invitation: String?
    /// What an invitation that was made promises.
    package internal(set) var invited: Invited?

    /// The approved certificate that was renewed without a person.
    package internal(set) var renews: Fingerprint?
    /// What our own CA has issued.
    package var issued: [Issued]?
    /// The decisions of the fleet that were made so.
    package internal(set) var fleet: FleetChange?
    /// When a person approved last one of that line. RFC 3339, in UTC.
    var since: String?

    package init(setup: SetupChange? = nil) { self.setup = setup }

    package struct Invited: Codable, Equatable {
        package let label: String?
        /// RFC 3339, in UTC.
        package let expires: String
    }

    /// What came from a fleet: whose decisions they were is the signers' word, which was checked.
    package struct FleetChange: Codable, Equatable {
        package let name: String
        /// Digests of the last decisions that were known.
        package let heads: [String]
        package let decisions: [Signed]

        /// The one that says so of this subject.
        package func decision(about subject: Decision.Subject) -> Signed? {
            subject.signed.flatMap { decisions.indices.contains($0) ? decisions[$0] : nil }
        }

        package init(name: String, heads: [String], decisions: [Signed]) {
            (self.name, self.heads, self.decisions) = (name, heads, decisions)
        }

        package struct Signed: Codable, Equatable {
            package let digest: String
            package let serial: String
            package let signer: String
            package let reason: String?

            package init(digest: String, serial: String, signer: String, reason: String?) {
                (self.digest, self.serial, self.signer, self.reason) = (digest, serial, signer, reason)
            }
        }
    }

    /// The list before and after, each as SHA-256 of the whole file.
    package struct ListChange: Codable, Equatable {
        let path: String
        let before: String?
        let after: String

        init(path: String, before: String?, after: String) { (self.path, self.before, self.after) = (path, before, after) }

        /// For a file with these bytes.
        package init(path: String, before: [UInt8], after: [UInt8]) {
            self.init(path: path, before: Ledger.digest(of: before), after: Ledger.digest(of: after))
        }
    }

    /// Certificates that were put into the trust directory, or removed from it.
    package struct DirectoryChange: Codable, Equatable {
        let path: String
        let installed: [Fingerprint]
        let removed: [Fingerprint]

        init(_ edit: DirectoryEdit) {
            path = edit.path
            installed = edit.written.map(\.fingerprint)
            removed = edit.remove.map(\.fingerprint)
        }

        init(path: String, installed: [Fingerprint], removed: [Fingerprint]) {
            (self.path, self.installed, self.removed) = (path, installed, removed)
        }
    }

    /// What setup changed: files of Exim's configuration and of ours.
    package struct SetupChange: Codable, Equatable {
        /// The name of the file in trustctl's folder that says what the relay's setup has changed; it is there until that is taken back.
        package static let recordName = "setup"

        /// The way of trust from then on; nil when setup was taken back.
        package let trust: WayOfTrust?
        package let files: [File]

        /// SHA-256 of a file before and after; nil: there was no such file, or it was removed.
        package struct File: Codable, Equatable {
            package let path: String
            package let before: String?
            package let after: String?
        }

        package init(trust: WayOfTrust?, _ edits: [FileEdit]) {
            self.trust = trust
            files = edits.map { edit in
                File(
                    path: edit.path, before: edit.before.map { Ledger.digest(of: Array($0)) },
                    after: edit.after.map { Ledger.digest(of: Array($0)) })
            }
        }
    }
}
