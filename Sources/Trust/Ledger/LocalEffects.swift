package import EximControl
package import TrustCore

/// What a decision changed on this host.
package struct LocalEffects: Codable, Equatable {
    package var list: ListChange?
    package var directory: DirectoryChange?
    /// What setup changed.
    package var setup: SetupChange?

    package init(list: ListChange? = nil, directory: DirectoryChange? = nil, setup: SetupChange? = nil) {
        self.list = list
        self.directory = directory
        self.setup = setup
    }

    /// The list before and after, by SHA-256 of the whole file.
    package struct ListChange: Codable, Equatable {
        package let path: String
        package let before: String?
        package let after: String
    }

    /// The files of Exim's configuration and of ours, each by SHA-256 of its bytes; nil: it was not there, or is not any more.
    package struct SetupChange: Codable, Equatable {
        /// The way of trust from then on; nil when setup was taken back.
        package let trust: WayOfTrust?
        package let files: [File]

        package struct File: Codable, Equatable {
            package let path: String
            package let before: String?
            package let after: String?
        }

        package init(trust: WayOfTrust?, files: [File]) {
            self.trust = trust
            self.files = files
        }

        package init(trust: WayOfTrust?, _ edits: [FileEdit]) {
            self.init(
                trust: trust,
                files: edits.map { edit in
                    File(
                        path: edit.path, before: edit.before.map { Ledger.digest(of: Array($0)) },
                        after: edit.after.map { Ledger.digest(of: Array($0)) })
                })
        }
    }

    /// Certificates that came to or went from the trust directory.
    package struct DirectoryChange: Codable, Equatable {
        package let path: String
        package let installed: [Fingerprint]
        package let removed: [Fingerprint]

        package init(_ edit: DirectoryEdit) {
            path = edit.path
            installed = edit.install.map(\.fingerprint)
            removed = edit.remove.map(\.fingerprint)
        }
    }
}
