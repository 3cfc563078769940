import EximControl
import Glibc
package import Host
import TrustCore

extension LocalTrust {
    /// What is known now. Unless `recovering` is false, it first ends what was interrupted, if this process is root's and nobody else is at
    /// work. Looking stays possible when that fails: then the reason goes to `progress`.
    package func look(recovering: Bool = true) throws(Failure) -> Register {
        if recovering, LocalFileSystem().exists(transaction.journal.file) {
            if geteuid() != 0 {
                progress.note("a change is in progress or was interrupted; the next trustctl that root runs ends it")
            } else {
                do throws(Failure) { try recoverIfUnlocked() } catch { progress.tell(error) }
            }
        }
        if recovering, geteuid() == 0, InvitationFolder(configuration).hasOld() {
            do throws(Failure) { try recoverIfUnlocked() } catch { progress.tell(error) }
        }
        var register = try register()
        if recovering, register.books.isTorn, geteuid() == 0 {
            do throws(Failure) {
                try recoverIfUnlocked()
                register = try self.register()
            } catch { progress.tell(error) }
        }
        if let distrust = register.books.distrust {
            progress.note("warning: \(ledger.checkpoint) is not used: \(distrust); the ledger was read instead")
        }
        // The next look need not read that much. Whoever is at work meanwhile does it too.
        if recovering, register.books.isLong, geteuid() == 0 {
            do throws(Failure) { _ = try lock.held(waiting: nil) { () throws(Failure) in } } catch { progress.tell(error) }
        }
        if register.isListGone { progress.note("warning: \(register.list.path) is missing: what Exim trusts is unknown") }
        for oddity in (register.names?.oddities ?? []).prefix(5) {
            progress.note("warning: \(configuration.approved): \(oddity.problem)")
        }
        warn(of: register.back)
        for oddity in register.oddities.prefix(5) {
            progress.note("warning: \(configuration.pending) holds a file that is not an entry: \(oddity)")
        }
        if register.oddities.count > 5 { progress.note("warning: and \(register.oddities.count - 5) more such files") }
        return register
    }

    /// The attack, or the accident: a restored backup or a configuration tool brings an old list back, and with it a stolen key.
    private func warn(of back: [Record]) {
        for record in back.prefix(5) {
            guard let last = record.last else { continue }
            progress.note(
                "warning: \(record.fingerprint)\(last.named) is STILL TRUSTED: it was \(last.past), but it is in the list again")
        }
        if back.count > 5 { progress.note("warning: and \(back.count - 5) more that were revoked or denied are in the list again") }
        if let first = back.first {
            progress.note("hint: `trustctl revoke \(first.fingerprint)`, or, if it is to stay, `trustctl approve` it")
        }
    }

    private func recoverIfUnlocked() throws(Failure) {
        try checkMayChange()
        _ = try lock.held(waiting: nil) { () throws(Failure) in try recover() }
    }
}
