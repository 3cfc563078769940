import EximControl
import Host
import SystemPackage
import Trust
import TrustCore

extension Examination {
    /// Whether anything on this host says that it is a relay: trustctl has decided or set up something, the list holds a fingerprint, or
    /// Exim knows a list. A host where nothing does may be only a client.
    package var isRelay: Bool {
        guard case .success(let local) = local else { return true }
        let configuration = local.configuration
        let record = configuration.ledger.appending(LocalEffects.SetupChange.recordName)
        let files = LocalFileSystem(limit: .max)
        if let bytes = try? files.contents(of: record), !bytes.isEmpty { return true }
        if let bytes = try? files.contents(of: configuration.ledger.appending(Ledger.name)),
            Ledger(bytes).lines.contains(where: { !($0.entry?.decision.subjects.isEmpty ?? true) })
        {
            return true
        }
        do throws(Failure) {
            if try TrustListFile(configuration.list).definition?.list.fingerprints.isEmpty == false { return true }
        } catch { return true }
        guard let scratch = Scratch(), let exim = try? EximProgram(configuration, scratch: scratch.path) else { return false }
        return ((try? exim.values(options: ["spool_directory"], macros: [ListForm.macroName])) ?? [:])[ListForm.macroName] != nil
    }
}
