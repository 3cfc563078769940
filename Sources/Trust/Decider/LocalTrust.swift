package import EximControl
import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// The trust of this host: its configuration, what is known here, and the transaction that changes it.
package struct LocalTrust {
    package let configuration: Configuration
    package let changes: TrustChange
    package let file: FilePath
    package let progress: Progress

    /// `takesBack`: what was set up goes, and for that there need be no Exim any more.
    package init(
        config: String?, mayBeMissing: Bool = false, takesBack: Bool = false, progress: Progress = .silent
    ) throws(Failure) {
        self.progress = progress
        file = config.map { FilePath($0) } ?? Configuration.defaultPath
        configuration = try Self.read(file, isOptional: config == nil || mayBeMissing)
        let configuration = configuration
        changes = TrustChange(places: .init(folder: configuration.ledger), files: LocalFileSystem(limit: .max)) { () throws(EximError) in
            if takesBack, EximProgram.place(configuration) == nil { return nil }
            return try LocalExim(configuration, scratch: configuration.ledger, progress: progress)
        }
    }

    /// Whether root has nothing to take back: there is neither that record nor a change that was interrupted. Then it does not matter what
    /// is broken.
    package func hasNothing(of record: FilePath) -> Bool {
        guard geteuid() == 0 else { return false }
        ScratchFolder.removeLeftOvers(in: configuration.ledger)
        return ![record, changes.places.journal].contains { LocalFileSystem().exists($0) }
    }

    /// The Exim of this configuration.
    package func exim() throws(EximError) -> LocalExim {
        try LocalExim(configuration, scratch: configuration.ledger, progress: progress)
    }

    private static func read(_ file: FilePath, isOptional: Bool) throws(Failure) -> Configuration {
        let path: FilePath
        let bytes: [UInt8]?
        do throws(SystemError) {
            path = try Ownership.resolve(file)
            bytes = try LocalFileSystem().contents(of: path)
        } catch {
            if isOptional, error.isMissing { return Configuration() }
            throw Failure(error)
        }
        guard let bytes else {
            if isOptional { return Configuration() }
            throw Failure(SystemError("open", file, code: ENOENT))
        }
        do { return try Configuration(parsing: bytes, file: file) } catch {
            throw Failure(error.description, .notSound, hint: "trustd.conf(5) names all keys")
        }
    }

    /// What is known now; ends first what was interrupted, if that is in our power.
    package func look(recovering: Bool = true) throws(Failure) -> Register {
        if recovering, LocalFileSystem().exists(changes.places.journal) {
            if geteuid() != 0 {
                progress.note("a change is under way or was interrupted; root's next trustctl ends it")
            } else {
                // To look must stay possible when the interrupted change cannot be ended.
                do throws(Failure) {
                    try checkMayChange()
                    try ifUnlocked { () throws(Failure) in try recover() }
                } catch { progress.tell(error) }
            }
        }
        var register = try Register(configuration)
        if recovering, register.ledger.isTorn, geteuid() == 0 {
            do throws(Failure) {
                try checkMayChange()
                try ifUnlocked { () throws(Failure) in try recover() }
                register = try Register(configuration)
            } catch { progress.tell(error) }
        }
        if register.isListGone { progress.note("warning: \(register.list.path) is missing: whom Exim trusts is not known") }
        for oddity in register.oddities.prefix(5) { progress.note("warning: \(configuration.pending) holds what is no entry: \(oddity)") }
        if register.oddities.count > 5 { progress.note("warning: and \(register.oddities.count - 5) more such files") }
        return register
    }

    /// Throws when this process may change nothing, or when somebody but root could change what it is about to trust.
    package func checkMayChange() throws(Failure) {
        guard geteuid() == 0 else { throw Failure("only root may change what Exim trusts", .notPermitted, hint: "sudo trustctl …") }
        do throws(OwnershipError) {
            for path in [file, configuration.list, configuration.ledger, configuration.exim, configuration.eximConfiguration] {
                guard let resolved = path.flatMap({ try? Ownership.resolve($0) }) else { continue }
                try Ownership.check(resolved)
            }
        } catch {
            throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
        }
    }

    /// Runs `body` while holding the lock, for which it waits up to `seconds`.
    package func locked<Result>(waiting seconds: Int, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        guard let result = try locked(patience: seconds, body) else {
            throw Failure(
                "another trustctl holds the lock; nothing has changed", .busy,
                hint: "repeat the command, or wait longer with --wait SECONDS")
        }
        return result
    }

    /// The same, but does nothing when another holds the lock.
    private func ifUnlocked(_ body: () throws(Failure) -> Void) throws(Failure) { _ = try locked(patience: nil, body) }

    private func locked<Value>(patience: Int?, _ body: () throws(Failure) -> Value) throws(Failure) -> Value? {
        guard let lock = try lock(waiting: patience) else { return nil }
        let result = Result { () throws(Failure) in try body() }
        _ = consume lock
        return try result.get()
    }

    /// Takes the lock, making trustctl's own folder when it is missing; nil when another still holds it.
    private func lock(waiting seconds: Int?) throws(Failure) -> FileLock? {
        do throws(SystemError) {
            let folder = try Folder.making(configuration.ledger, mode: 0o755)
            _ = try Folder.making(changes.places.denied, mode: 0o755)
            try LedgerFile.make(changes.places.ledger)
            let start = Monotonic.now
            var told = false
            while true {
                if let lock = try folder.lock(LedgerSeal.name, mode: 0o600) { return lock }
                guard let seconds else { return nil }
                let waited = Monotonic.now - start
                if waited > 1, !told {
                    progress.say("another trustctl is at work; waiting up to \(seconds) seconds")
                    told = true
                }
                if waited >= Double(seconds) { return nil }
                usleep(20_000)
            }
        } catch { throw Failure(error) }
    }

    /// Ends what was interrupted and says so. The caller holds the lock.
    package func recover() throws(Failure) {
        if let torn = try changes.mendLedger() {
            progress.note(
                "the ledger's last line \(torn.wasWhole ? "is torn, though it was whole once" : "was torn by a crash"), and is mended; "
                    + "what was left of it stands in decision \(torn.line)")
        }
        let recovered: Recovered?
        let list = try? Ownership.resolve(configuration.list)
        do throws(TrustChangeError) {
            recovered = try Signals.heldOff { () throws(TrustChangeError) in try changes.recover(list: list) }
        } catch { throw Failure(interrupted: error) }
        let warnings: [TrustChange.Note]
        switch recovered {
        case .finished(let change, let notes):
            progress.note("an interrupted change was finished: \(change)")
            warnings = notes
        case .undone(let change, let notes):
            progress.note("an interrupted change was undone: \(change); repeat it if it is still wanted")
            warnings = notes
        case nil: warnings = []
        }
        for warning in warnings { progress.note("warning: \(warning.text(configuration))") }
        ScratchFolder.removeLeftOvers(in: configuration.ledger)
    }
}

extension TrustPlan.Summary: CustomStringConvertible {
    package var description: String { "\(action) of \(fingerprints.map(\.description).joined(separator: ", ")) by \(by), begun \(time)" }
}

extension Failure {
    package init(interrupted error: TrustChangeError) {
        switch error {
        case .refused(let cause), .undone(let cause), .unfinished(let cause):
            self.init("stuck: whether a change was interrupted is not known: \(cause.reason)", .stuck, hint: cause.hint)
        case .stuck(let cause, let undoing):
            self.init(
                messages: ["stuck: \(cause.reason)", undoing.reason], hint: undoing.hint ?? "mend that, then repeat the command",
                exit: .stuck)
        }
    }
}

extension Progress {
    /// The remedy on a line of its own.
    package func tell(_ failure: Failure) {
        for message in failure.messages { note(message) }
        if let hint = failure.hint { note("hint: \(hint)") }
    }
}
