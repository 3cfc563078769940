package import EximControl
import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// The trust of this host: its configuration, what is known here, and the transaction that changes it.
package struct LocalTrust {
    package let configuration: Configuration
    /// trustd.conf, or the file that the operator named instead; it need not exist.
    package let file: FilePath
    package let ledger: LedgerFile
    package let transaction: Transaction
    package let progress: Progress

    /// `takesBack`: a setup is taken back, and Exim need not be installed any more.
    package init(
        config: String?, mayBeMissing: Bool = false, takesBack: Bool = false, progress: Progress = .silent
    ) throws(Failure) {
        file = config.map { FilePath($0) } ?? Configuration.defaultPath
        let configuration = try Configuration(at: file, mayBeMissing: config == nil || mayBeMissing)
        self.configuration = configuration
        ledger = LedgerFile(in: configuration.ledger)
        transaction = Transaction(in: configuration.ledger, ledger: ledger, files: LocalFileSystem(limit: .max)) {
            () throws(EximError) in
            if takesBack, EximProgram.place(configuration) == nil { return nil }
            return try LocalExim(configuration, scratch: configuration.ledger, progress: progress)
        }
        self.progress = progress
    }

    /// The Exim of this configuration.
    package func exim() throws(EximError) -> LocalExim {
        try LocalExim(configuration, scratch: configuration.ledger, progress: progress)
    }

    /// All that is known now.
    func register() throws(Failure) -> Register {
        var register = try Register(configuration, ledger)
        // Those of whoever looks; another user's are not for him.
        if isInFleet { register.operatorInvitations = try? OperatorInvitations().folder }
        return register
    }

    /// Throws when this process may change nothing, or when somebody other than root could change what it is about to trust.
    package func checkMayChange() throws(Failure) {
        guard geteuid() == 0 else {
            throw Failure("only root may change what Exim trusts", .notPermitted, hint: "sudo \(ThisProcess.commandLine)")
        }
        do throws(OwnershipError) {
            for path in [file, configuration.list, configuration.ledger, configuration.exim, configuration.eximConfiguration]
                + configuration.also
            {
                guard let resolved = path.flatMap({ try? ResolvedPath($0) }) else { continue }
                try Ownership.check(resolved.filePath)
            }
        } catch {
            throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
        }
    }

    var lock: ChangeLock { ChangeLock(configuration: configuration, ledger: ledger, progress: progress) }

    /// Runs `body` while holding the lock, for which it waits up to `seconds`.
    package func locked<Result>(waiting seconds: Int, _ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        guard let result = try lock.held(waiting: seconds, body) else {
            throw Failure(
                "another trustctl holds the lock; nothing has changed", .busy,
                hint: "repeat the command, or wait longer with --wait SECONDS")
        }
        return result
    }
}
