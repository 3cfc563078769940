import Glibc
import Host
import TrustCore

/// The lock that lets only one trustctl at a time change something.
struct ChangeLock {
    let configuration: Configuration
    let ledger: LedgerFile
    let progress: Progress

    /// Runs `body` while holding the lock, for which it waits up to `seconds`; without `seconds` not at all. Nil when another process still
    /// holds the lock.
    func held<Value>(waiting seconds: Int?, _ body: () throws(Failure) -> Value) throws(Failure) -> Value? {
        guard let lock = try take(waiting: seconds) else { return nil }
        let mark = ApprovedMark.Keeper(configuration)
        let result = Result { () throws(Failure) in try body() }
        ledger.keepCheckpoint()
        if case .success = result { mark.keep(ledger) }
        _ = consume lock
        return try result.get()
    }

    /// Makes trustctl's own folder when it is missing.
    private func take(waiting seconds: Int?) throws(Failure) -> FileLock? {
        do throws(SystemError) {
            let folder = try Folder.making(configuration.ledger, mode: 0o755)
            _ = try Folder.making(configuration.denied, mode: 0o755)
            try ledger.make()
            var wait = SlowWait { progress.say("another trustctl is running; waiting up to \(seconds ?? 0) seconds") }
            while true {
                if let lock = try folder.lock(LedgerSeal.name, mode: 0o600) { return lock }
                guard let seconds else { return nil }
                wait.look()
                if wait.waited >= .seconds(seconds) { return nil }
                usleep(20_000)
            }
        } catch { throw Failure(error) }
    }
}
