import EximControl
import Host
import SystemPackage
import TrustCore

extension TrustPlan {
    /// A decision of our CA: what it has issued, and what then waits for its clients in `handOver`.
    package init(_ decision: Decision, issuing issued: [LocalEffects.Issued], _ handOver: IssuedEdit?) {
        self.init(decision)
        entry.effects.issued = issued
        self.issued = handOver.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What a revocation takes back from the folder of certificates that wait for their clients: those that were issued for a certificate of
    /// this plan, and those that are in it.
    func withdrawn(_ register: Register, _ configuration: Configuration) throws(Failure) -> IssuedEdit? {
        guard [.revoke, .deny].contains(decision.action), register.trustsByAuthority else { return nil }
        let mine = Set(fingerprints)
        var edit = IssuedEdit(path: ResolvedPath(orAsWritten: configuration.issued).filePath)
        guard LocalFileSystem().exists(edit.folder) else { return nil }
        let names = try register.issued().map(\.certificate).compactMap { issued in
            mine.contains(issued.fingerprint) || issued.shown.map(mine.contains) ?? false ? issued.shown : nil
        }
        edit.remove = Set(names).filter { LocalFileSystem().exists(edit.folder.appending($0.description)) }.sorted()
        return edit.isEmpty ? nil : edit
    }
}
