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
        if let bytes = try? LocalFileSystem().contents(of: record), !bytes.isEmpty { return true }
        if let books = try? LedgerFile(in: configuration.ledger).books(), books.hasDecisions { return true }
        do throws(Failure) {
            if try TrustListFile(configuration).list()?.fingerprints.isEmpty == false { return true }
        } catch { return true }
        guard let scratch = Scratch(), let exim = try? EximProgram(configuration, scratch: scratch.path) else { return false }
        return ((try? exim.values(options: ["spool_directory"], macros: [ListForm.macroName])) ?? [:])[ListForm.macroName] != nil
    }
}
