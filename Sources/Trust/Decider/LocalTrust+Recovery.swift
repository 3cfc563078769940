import Glibc
package import Host
package import SystemPackage
import TrustCore

extension LocalTrust {
    /// Mends the ledger, ends what was interrupted, and tells `progress` about both. The caller holds the lock.
    package func recover() throws(Failure) {
        if let mended = try transaction.ledger.mend() {
            progress.note(
                "the ledger's last line "
                    + (mended.wasWhole ? "had been written whole but was cut later" : "was torn by a crash")
                    + "; it is mended, and decision \(mended.number) keeps what was left of it")
        }
        let recovery = Recovery(transaction: transaction, list: (try? ResolvedPath(configuration.list))?.filePath)
        let outcome: Recovery.Outcome?
        do throws(TransactionError) {
            outcome = try ThisProcess.ignoringSignals { () throws(TransactionError) in try recovery.run() }
        } catch { throw Failure(recovering: error) }
        switch outcome {
        case .finished(let change, let notes):
            log(change, "finished after an interruption")
            progress.note("an interrupted change was finished: \(change)")
            warn(of: notes)
        case .undone(let change, let notes):
            log(change, "undone after an interruption")
            progress.note("an interrupted change was undone: \(change); repeat it if it is still wanted")
            warn(of: notes)
        case nil: break
        }
        ScratchFolder.removeLeftOvers(in: configuration.ledger)
        do throws(SystemError) { try InvitationFolder(configuration).removeOld() } catch {
            progress.note("warning: old invitations stay: \(error)")
        }
    }

    /// Names every certificate in the machine's log, where the message names only some.
    private func log(_ change: TrustPlan.Summary, _ outcome: String) {
        guard change.fingerprints.count > TrustPlan.Summary.mostNamed else { return }
        for fingerprint in change.fingerprints {
            SystemLog.send(
                "\(change.action) \(fingerprint) by \(change.by): \(outcome)", severity: .warning, facility: .auth, identifier: "trustctl",
                fields: [("ACTION", change.action.rawValue), ("FINGERPRINT", fingerprint.description), ("OUTCOME", outcome)])
        }
    }

    private func warn(of notes: [Transaction.Note]) {
        for note in notes { progress.note("warning: \(note.text(configuration))") }
    }

    /// Whether root has nothing to take back: neither the setup's `record` exists, nor a change that was interrupted. Then it does not matter
    /// what else is broken.
    package func hasNothing(of record: FilePath) -> Bool {
        guard geteuid() == 0 else { return false }
        ScratchFolder.removeLeftOvers(in: configuration.ledger)
        return ![record, transaction.journal.file].contains { LocalFileSystem().exists($0) }
    }
}
