import Glibc
import Host
import SystemPackage
import TrustCore

/// Finds the Exim daemons on this machine, in containers too, that use our list by a configuration that trustd.conf does not name.
struct OtherReaders {
    /// Those whose daemons are not looked for here.
    let searches: [DaemonSearch]
    let list: FilePath
    /// The digests in the list.
    let digests: Set<String>

    /// The attack: any user starts an Exim of their own that includes our list, which everybody may read. It must neither be signalled nor
    /// keep anybody from deciding, and mail that it takes is that user's own. So only daemons count that root has started: those of root and
    /// of Exim's user, and those on a port that only root can open.
    func daemons() throws(EximError) -> [UntoldExim] {
        var found: [(process: ProcessFacts, reader: UntoldExim)] = []
        let ours = ProcessFacts.FileNumber(list)
        let binaries = Set(searches.compactMap { ProcessFacts.FileNumber($0.program.binary) })
        for process in ProcessFacts.all where try isOtherExim(process, binaries) {
            let main = try configuration(of: process)
            let files = main.map { IncludedFiles($0, seenBy: process) }
            if let ours, files?.numbers.contains(ours) ?? false {
                found.append((process, UntoldExim(pid: process.pid, why: .reader(main))))
            } else if hasRead(process, files) {
                found.append((process, UntoldExim(pid: process.pid, why: .reader(files == nil ? nil : main))))
            }
        }
        let pids = Set(found.map(\.process.pid))
        return found.filter { found in found.process.parent.map { !pids.contains($0) } ?? true }.map(\.reader)
    }

    /// What stands in the memory of a process and in none of its files: for one whose files cannot all be found, or were changed since.
    private func hasRead(_ process: ProcessFacts, _ files: IncludedFiles?) -> Bool {
        guard !digests.isEmpty, let known = DaemonMemory(process: process).digests else { return false }
        let left = known.intersection(digests).subtracting(files?.digests ?? [])
        return files?.isComplete ?? false ? left == digests : !left.isEmpty
    }

    private func isOtherExim(_ process: ProcessFacts, _ binaries: Set<ProcessFacts.FileNumber>) throws(EximError) -> Bool {
        // A program that only watches Exim's log, and has digests in its memory, is no daemon of Exim's.
        guard DaemonArguments(process.arguments).isDaemon, let path = process.executable else { return false }
        guard path.lastComponent?.string.hasPrefix("exim") ?? false || process.programFile.map(binaries.contains) ?? false else {
            return false
        }
        for search in searches where try search.isOurs(process) { return false }
        let ports = process.listeners.map(\.port)
        guard !ports.isEmpty, let user = process.uids.first else { return false }
        return user == 0 || searches.contains { $0.eximUser == user }
            || process.sharesOurUsers && ports.contains { $0 < Self.firstFreePort }
    }

    /// The first port that every user may open (ip(7)).
    private static var firstFreePort: UInt16 {
        let text = String(decoding: ProcessFacts.contents(of: "/proc/sys/net/ipv4/ip_unprivileged_port_start"), as: UTF8.self)
        return UInt16(text.trimmed) ?? 1_024
    }

    /// The file that it reads first; nil when that cannot be told. A process of another program is asked for nothing.
    private func configuration(of process: ProcessFacts) throws(EximError) -> FilePath? {
        if let given = DaemonArguments(process.arguments).configuration {
            // Exim takes the first file of the list that exists.
            let names = given.string.split(separator: ":").map { FilePath(String($0)) }
            return names.first { process.file(at: $0) != nil } ?? given
        }
        for search in searches
        where search.program.isRun(by: process) || process.programFile == ProcessFacts.FileNumber(search.program.binary) {
            return try search.program.configuration(of: process)
        }
        return nil
    }
}
