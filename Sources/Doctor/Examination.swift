import EximControl
import Glibc
package import Host
import SystemPackage
import Trust
import TrustCore

/// One run of the doctor: gathers facts from each source, and has them judged by types that do no I/O. A source that fails is a finding, and
/// the others are still examined.
package struct Examination {
    private let file: FilePath
    let local: Result<LocalTrust, Failure>
    private let progress: Progress

    package init(config: String?, progress: Progress = .silent) {
        self.progress = progress
        file = config.map { FilePath($0) } ?? Configuration.defaultPath
        local = Result { () throws(Failure) in try LocalTrust(config: config) }
    }

    package var findings: [Finding] {
        switch local {
        case .success(let local):
            examine(local.configuration, journal: local.transaction.journal.file) + OwnAuthorityFindings.examine(local)
                + FleetFindings.examine(local)
        case .failure(let failure):
            [
                Finding(
                    .error, "configuration-unsound", failure.messages.joined(separator: "; "), "neither trustd nor trustctl works",
                    mend: failure.hint ?? "correct \(file); see trustd.conf(5)")
            ]
        }
    }

    private func examine(_ configuration: Configuration, journal: FilePath) -> [Finding] {
        let follower = ObservedTrustd(configuration: configuration)
        let running = follower.process
        let account = running.flatMap { Account(of: $0) } ?? Account(named: "trustd", more: ["adm"])
        var findings = disk(configuration, account) + InvitationFindings.examine(configuration)
        if LocalFileSystem().exists(journal) {
            findings.append(
                Finding(
                    .error, "change-interrupted", "a change is under way or was interrupted",
                    "exim may trust other certificates than was decided",
                    mend: "`trustctl list` as root completes or undoes it"))
        }
        guard let scratch = Scratch() else {
            return findings + [
                Finding(
                    .error, "no-scratch", "\(SystemError("mkdtemp", Scratch.parent))", "exim cannot be asked everything",
                    mend: "make \(Scratch.parent) writable for root")
            ]
        }
        var log: FilePath?
        do throws(EximError) {
            let local = try LocalExim(configuration, scratch: scratch.path, progress: progress)
            let exim = local.program
            findings += DiskFacts.replaceable([exim.binary]).map { DiskFindings.judge($0) }
            let answers = try exim.answers(
                options: EximFindings.options, macros: [ListForm.macroName] + WayOfTrust.ownMacros)
            let relay = EximExamination(
                local: local, answers: answers, configuration: configuration,
                ledger: try? LedgerFile(in: configuration.ledger).examined(), file: file, scratch: scratch.path, progress: progress)
            log = relay.log
            findings += relay.findings
        } catch .missing(let places) {
            findings.append(
                Finding(
                    .error, "exim-missing", "\(EximError.missing(places))", "nothing can be checked or changed",
                    mend: "`exim = PATH` in \(file), or install exim"))
        } catch {
            findings.append(
                Finding(
                    .error, "exim-configuration-refused", "\(error)", "exim cannot start again, and trustctl cannot change anything",
                    mend: "correct what it names, until `exim -bV` succeeds"))
        }
        return findings + trustd(configuration, follower, running, account, log: log)
    }

    private func disk(_ configuration: Configuration, _ account: Account?) -> [Finding] {
        let own = DiskFindings.rules(
            configuration, file: file, daemon: account?.user == 0 ? Account(named: "trustd") : account,
            group: getgrnam("trustd").map { $0.pointee.gr_gid })
        var findings = own.compactMap { DiskFindings.judge($0, DiskFacts.state(of: $0.path)) }
        let folders = [ResolvedPath(orAsWritten: configuration.list).filePath.removingLastComponent(), configuration.pending]
        findings += folders.compactMap { DiskFindings.judge(ExchangeSupport.probe($0), $0) }
        let snippets = FolderTree.files(below: file.removingLastComponent().appending("exim"))
        let ways = DiskFacts.replaceable(
            [
                file, configuration.list, configuration.certificates, configuration.state, configuration.ledger, configuration.exim,
                configuration.eximConfiguration,
            ].compactMap { $0 } + snippets
        ).map { DiskFindings.judge($0) }
        // One finding for a path is enough.
        for way in ways where !findings.contains(where: { $0.problem.hasPrefix(way.problem.prefix { $0 != " " } + " ") }) {
            findings.append(way)
        }
        return findings
    }

    private func trustd(
        _ configuration: Configuration, _ follower: ObservedTrustd, _ running: ProcessFacts?, _ account: Account?, log: FilePath?
    ) -> [Finding] {
        let adm = getgrnam("adm").map { $0.pointee.gr_gid }
        let readers = account.map { account in
            adm.map { account.groups.contains($0) } ?? false ? "adm" : Account.groupName(account.group)
        }
        let current = log.flatMap { $0.string.contains("%") ? nil : $0 }
        let isHidden = running.map { running in log.map { ObservedTrustd.hides($0, from: running) } ?? false } ?? false
        let unit = running.flatMap { Systemd.unit(of: $0.pid) }.flatMap { unit in
            unit.hasPrefix("trustd") && unit.hasSuffix(".service") ? String(unit.dropLast(8)) : nil
        }
        return TrustdFindings(
            facts: .init(
                account: account, isRunning: running != nil, followed: follower.position.map { Set($0.logs.keys) }, log: log,
                configured: configuration.logs,
                isBehind: running != nil && !isHidden
                    && current.map { configuration.logs.contains($0) && follower.isBehind(in: $0) } ?? false,
                isHidden: isHidden, troubles: running == nil ? [] : follower.troubles,
                unreadable: current.flatMap { log in account?.whyCannotRead(log) }, readersGroup: readers ?? "adm",
                hasSystemd: Systemd.isRunning, unit: unit ?? "trustd", config: file)
        ).findings
    }
}
