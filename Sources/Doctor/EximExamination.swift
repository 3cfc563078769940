import Certificates
import EximControl
import FleetCarrier
import Host
import SystemPackage
import Trust
import TrustCore

/// Examines the Exim of this host: asks it, rehearses with it, and has the answers judged.
struct EximExamination {
    let local: LocalExim
    let answers: EximAnswers
    let configuration: Configuration
    /// Nil when it cannot be read, which has its own finding.
    let ledger: LedgerFile.Examined?
    let file: FilePath
    let scratch: FilePath
    let progress: Progress

    var exim: EximProgram { local.program }

    /// Where Exim writes its main log.
    var log: FilePath? { facts(mend(reload: "")).log }

    var findings: [Finding] {
        let daemons = Result { () throws(EximError) in try local.daemons() }
        let mend = mend(reload: reload((try? daemons.get())?.told ?? []))
        var findings = facts(mend).findings
        findings += DiskFacts.replaceable([mend.main]).map { DiskFindings.judge($0) }

        if let finding = setup(mend).finding { return findings + [finding] }
        let list = list(mend)
        findings += list.findings
        let directory = directory
        var form = answers.list?.form ?? .macro
        // Without its folder, or where nothing can be mounted, a list in folder form cannot be replaced: then the macro is.
        if case .folder(let path) = form, !canMount(over: path) { form = .macro }
        let trials = Trials(
            exim: exim, configuration: configuration, form: form, directory: directory,
            domains: facts(mend).domains, list: trustList, scratch: scratch, progress: progress)
        let results = answers.library == .none ? Trials.Results() : trials.hold()
        findings += judge(daemons, list, wouldAsk: results.stranger?.tls?.askedForCertificate, mend) + alsoUnsound
        if answers.library != .none { findings += ACLFindings(results: results, facts: rules, mend: mend).findings }
        return findings + certificates(results.way, directory, mend) + authority(results)
    }

    private func setup(_ mend: Remedies) -> SetupFindings {
        let record = try? LocalFileSystem().contents(of: configuration.ledger.appending(LocalEffects.SetupChange.recordName))
        let isDone = record.map { !$0.isEmpty } ?? false
        let setup = isDone ? ledger?.books.setup : nil
        return SetupFindings(
            setup: setup, isRead: answers[WayOfTrust.macroName] != nil, main: mend.main,
            isSplit: DebianConfiguration.generates(mend.main) ? try? exim.isSplit() : nil, exists: { LocalFileSystem().exists($0) })
    }

    private var renewals: [Finding] {
        let isInFleet = LocalFileSystem().exists(file.removingLastComponent().appending(FleetFile.name))
        return RenewalFindings(policy: configuration.renew, isInFleet: isInFleet).findings
    }

    /// What Exim says of its rules besides what the rehearsals show.
    private var rules: ACLFindings.Facts {
        let config = (try? exim.run(Program(exim.binary, exim.options + ["-bP", "config"])).output) ?? []
        return .init(
            library: answers.library, hasOldRules: WayOfTrust.hasOldRules(answers.values),
            mayResume: answers[EximFindings.resumptionOption] != nil,
            comparesDates: String(decoding: config, as: UTF8.self).contains("certextract{notafter"))
    }

    private func facts(_ mend: Remedies) -> EximFindings {
        let owner = answers["exim_user"].flatMap { Account(named: $0) }?.user
        let isSyslogs = configuration.logs.contains { log in DiskFacts.state(of: log).map { $0.owner != owner } ?? false }
        return EximFindings(answers: answers, mend: mend, isLoggedBySyslog: isSyslogs)
    }

    func mend(reload: String) -> Remedies {
        Remedies(
            folder: file.removingLastComponent(), certificates: configuration.certificates,
            main: configuration.eximConfiguration ?? FilePath(answers["configure_file"] ?? "the configuration"), reload: reload,
            start: start, hasOwnRules: answers[WayOfTrust.macroName] != nil)
    }

    /// The command that starts Exim, by this host's own unit if it has one.
    private var start: String {
        var names = ["exim4.service", "exim.service"]
        if case .systemd(let unit) = configuration.reload { names = [unit] }
        let unit = Systemd.isRunning ? names.first { Systemd.knows($0) } : nil
        return unit.map { "`systemctl start \($0.hasSuffix(".service") ? String($0.dropLast(8)) : $0)`" } ?? "start exim"
    }

    /// The command that reloads the running Exim.
    func reload(_ daemons: [EximDaemon]) -> String {
        if let unit = daemons.compactMap(\.unit).first { return "`systemctl reload \(unit)`" }
        let generates = exim.configuration == nil && answers["configure_file"].map { DebianConfiguration.generates(FilePath($0)) } ?? false
        let regenerate = generates ? "update-exim4.conf && " : ""
        guard !daemons.isEmpty else { return generates ? "`update-exim4.conf`, and \(start)" : start }
        return "`\(regenerate)kill -HUP \(daemons.map { "\($0.pid)" }.joined(separator: " "))`"
    }

    /// The list's file; nil when Exim does not read the list at all, which is a finding of its own.
    private var trustList: TrustListFile? {
        guard answers.list != nil else { return nil }
        return try? TrustListFile(configuration)
    }

    private func list(_ mend: Remedies) -> ListFindings {
        let path = ResolvedPath(orAsWritten: configuration.list).filePath
        let bytes = (try? LocalFileSystem().contents(of: path)) ?? nil
        let read = Result { () throws(Failure) in try TrustListFile(configuration) }
        var misunderstanding: Failure?
        if case .failure(let failure) = read { misunderstanding = failure }
        if case .success(let list) = read, list.bytes != nil, list.definition == nil {
            misunderstanding = Failure("\(path) does not define \(ListForm.macroName)", .notSound)
        }
        let listed = (try? read.get().list())?.fingerprints
        let definition = bytes.flatMap { try? ListDefinition(in: $0, file: path) }
        return ListFindings(
            value: answers.list, file: path, bytes: bytes,
            listed: listed, misunderstanding: misunderstanding, alterations: (try? exim.alterations(of: listed ?? [])) ?? [],
            ledger: ledger, mend: mend, form: definition?.form,
            folder: folder(definition?.form, try? read.get().folder?.names(), mend), canHaveFolder: answers.obstacleToFolder == nil)
    }

    /// The path against which Exim verifies certificates, by its own expansion; nil when it is not a path.
    private var directory: FilePath? {
        guard var value = answers[WayOfTrust.directoryOption] else { return nil }
        if value.contains("$") {
            guard let expanded = (try? exim.expansion(value)) ?? nil else { return nil }
            value = String(expanded.trimmed)
        }
        guard value.hasPrefix("/") else { return nil }
        return try? ResolvedPath(FilePath(value)).filePath
    }

    private func certificates(_ way: WayOfTrust?, _ directory: FilePath?, _ mend: Remedies) -> [Finding] {
        let approved: [Record]
        do {
            var register = try Register(configuration)
            try register.lookAtMany()
            // Cards are for those who need the certificates.
            approved =
                way?.needsInstallation ?? true
                ? register.items.map { register[$0.fingerprint] } : Array(register.briefs(register.items.map(\.fingerprint)))
        } catch {
            // The list has its own findings; another source has this one.
            return list(mend).misunderstanding == nil
                ? [
                    Finding(
                        .error, "source-unreadable", error.messages.joined(separator: "; "), "trustctl does not work",
                        mend: error.hint ?? "see trustctl(8), DIAGNOSTICS")
                ] : []
        }
        var findings = ExpiryFindings(approved: approved, now: .now).findings + renewals
        if let way {
            let inForce = WayOfTrust.inForce(answers.values) { path in Trials.isFolder(path) }
            findings += way.contradiction(inForce, answers, mend)
        }
        if way?.needsInstallation ?? (directory == nil) {
            let system = TrustDirectory.systemAuthorities.compactMap { try? ResolvedPath($0).filePath }
            let value = answers[WayOfTrust.directoryOption] ?? "system"
            let files = directory.flatMap { try? TrustDirectory.certificates(in: $0) }
            findings +=
                DirectoryFindings(
                    directory: directory, value: value,
                    configured: ResolvedPath(orAsWritten: configuration.certificates).filePath,
                    isSystems: value == "system" || directory.map(system.contains) ?? false, files: files,
                    verification: directory.flatMap { Verification(of: approved, in: $0, library: answers.library) },
                    unreadable: directory.map { unreadable($0, files ?? [:]) } ?? [], approved: approved, now: .now, mend: mend
                ).findings
        }
        return findings
    }

    /// What Exim's user cannot read of the trust directory.
    private func unreadable(_ directory: FilePath, _ files: [Fingerprint: TrustDirectory.File]) -> [SystemError] {
        guard let account = (try? exim.daemonSettings())?.account else { return [] }
        if let error = account.whyCannotRead(directory, isFolder: Trials.isFolder(directory)) { return [error] }
        // What everybody may read is not tried: a process for each of a hundred thousand files would take minutes.
        return files.values.map { directory.appending($0.name) }.filter { !DiskFacts.isOpenToRead($0) }.compactMap {
            account.whyCannotRead($0)
        }
    }
}
