import EximControl
import Host
import SystemPackage
import TrustCore

/// The running Exims: whether each has read what is on the disk.
extension EximExamination {
    func judge(
        _ daemons: Result<EximDaemons, EximError>, _ list: ListFindings, wouldAsk: Bool?, _ mend: Remedies
    ) -> [Finding] {
        switch daemons {
        case .success(let daemons) where configuration.reload != .none:
            return running(daemons, list, wouldAsk: wouldAsk, mend)
                + UntoldFindings(file: file).findings(daemons.untold.map { ($0, stale($0, list)) })
        case .success: return []
        case .failure(let error):
            return [
                Finding(
                    .error, "exim-daemon-doubtful", "\(error)", "trustctl cannot make the running exim read a change",
                    mend: "restart exim by its own service, and see `reload` in trustd.conf(5)")
            ]
        }
    }

    private func running(_ daemons: EximDaemons, _ list: ListFindings, wouldAsk: Bool?, _ mend: Remedies) -> [Finding] {
        let starter = daemons.told.isEmpty ? (try? local.starter()) ?? nil : nil
        if daemons.told.isEmpty { return starter == nil && daemons.untold.allSatisfy(\.isReader) ? [DaemonFindings.notRunning(mend)] : [] }
        return local.programs.flatMap { program in
            let main = (try? program.mainConfiguration()) ?? mend.main
            let isFirst = main == (try? exim.mainConfiguration())
            let settings = try? program.daemonSettings()
            var written = DigestSearch.digests(in: list.bytes ?? [])
            written.formUnion(DigestSearch.digests(in: ((try? LocalFileSystem().contents(of: main)) ?? nil) ?? []))
            if let all = try? program.run(Program(program.binary, program.options + ["-bP", "config"])) {
                written.formUnion(DigestSearch.digests(in: all.output))
            }
            let theirs = daemons.told.filter { $0.main == main }
            return DaemonFindings(
                daemons: theirs.map { daemon in
                    let process = ProcessFacts(pid: daemon.pid)
                    return .init(
                        pid: daemon.pid, digests: DaemonMemory(process: process).digests,
                        looksIntoFolder: list.trusted.flatMap { _ in DaemonMemory(process: process).holds(list.lookup(configuration)) },
                        asks: settings.flatMap { DaemonProbe(process, $0, progress: progress) }?.askedForCertificate)
                },
                trusted: list.trusted?.listed, shouldLookIntoFolder: list.trusted.map { $0.listed == nil },
                wouldAsk: isFirst ? wouldAsk : nil, written: written,
                mend: isFirst ? mend : self.mend(reload: reload(theirs))
            ).findings
        }
    }

    /// What a process that cannot be told still trusts; nil when that cannot be seen.
    private func stale(_ other: UntoldExim, _ list: ListFindings) -> Set<Fingerprint>? {
        guard let trusted = list.trusted?.listed ?? list.listed else { return nil }
        return StaleMemory(process: ProcessFacts(pid: other.pid)).fingerprints(losing: [], list: trusted)
    }

    /// A configuration that `also` names, and that does not have the list as the first one has it.
    var alsoUnsound: [Finding] {
        do throws(EximError) {
            _ = try local.trusted()
            return []
        } catch {
            guard case .also(let path, let words) = error else { return [] }
            return [
                Finding(
                    .error, "also-unsound", "\(path), which \(file) names with `also`: \(words)",
                    "every change is refused, and that exim may trust others than was decided",
                    mend: "have \(path) include the list, or take it out of `also` in \(file)")
            ]
        }
    }
}
