import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// Owners and modes of all that is ours on the disk, as DESIGN.md's contract has them.
struct DiskFindings {
    /// What one path should be like.
    struct Rule {
        let path: FilePath
        let isFolder: Bool
        let owner: UInt32
        /// Nil: any.
        var group: UInt32?
        let mode: UInt32
        /// Bits that may be missing or set besides without harm: a stricter mode is not judged unless somebody needs it.
        var consequence: String
        /// What is wrong is wrong for everybody's trust, not only for somebody's privacy.
        var isTrust = true
        var mustExist = false
    }

    /// What it is like; nil: it is not there.
    struct State: Equatable {
        let owner: UInt32
        let group: UInt32
        let mode: UInt32
        let isFolder: Bool
    }

    /// The finding about one path; nil when it is in order. Pure.
    static func judge(_ rule: Rule, _ state: State?) -> Finding? {
        let mode = String(rule.mode, radix: 8)
        guard let state else {
            guard rule.mustExist else { return nil }
            return Finding(
                .error, "missing", "\(rule.path) is missing", rule.consequence,
                mend:
                    "`install \(rule.isFolder ? "-d " : "")-m 0\(mode) -o \(Account.userName(rule.owner)) \(rule.isFolder ? "" : "/dev/null ")\(rule.path)`"
            )
        }
        guard state.isFolder == rule.isFolder else {
            return Finding(
                .error, "owner-or-mode", "\(rule.path) is \(rule.isFolder ? "not " : "")a folder", rule.consequence, mend: "move it away")
        }
        let isForeign = state.owner != rule.owner || (rule.group.map { $0 != state.group } ?? false)
        // More than the contract has, or less than its owner and group need.
        let excess = state.mode & ~rule.mode & 0o777
        let lack = rule.mode & ~state.mode & 0o777
        guard isForeign || excess != 0 || lack != 0 else { return nil }
        let owner = "\(Account.userName(rule.owner)):\(Account.groupName(rule.group ?? state.group))"
        let isDangerous = rule.isTrust && (state.owner != rule.owner || excess & 0o022 != 0) || lack != 0 || state.owner != rule.owner
        return Finding(
            isDangerous ? .error : .warning, "owner-or-mode",
            "\(rule.path) belongs to \(Account.userName(state.owner)):\(Account.groupName(state.group)) with mode 0\(String(state.mode, radix: 8)), and should belong to \(owner) with 0\(mode)",
            rule.consequence,
            mend: "`"
                + [isForeign ? "chown \(owner) \(rule.path)" : nil, "chmod 0\(mode) \(rule.path)"].compactMap { $0 }.joined(
                    separator: " && ") + "`")
    }

    /// All paths that the contract names.
    static func rules(_ configuration: Configuration, file: FilePath, daemon: Account?) -> [Rule] {
        let trust = "another user could decide what exim trusts"
        let books = "another user could alter what is known of the decisions"
        var rules = [
            Rule(path: file, isFolder: false, owner: 0, mode: 0o644, consequence: trust),
            Rule(
                path: configuration.certificates, isFolder: true, owner: 0, mode: 0o755,
                consequence: "exim could not read the trust directory, or another user could put certificates there", mustExist: true),
            Rule(
                path: configuration.state, isFolder: true, owner: 0, mode: 0o755,
                consequence: "another user could exchange the queue, or trustd cannot reach it"),
            Rule(path: configuration.ledger, isFolder: true, owner: 0, mode: 0o755, consequence: books),
            Rule(
                path: configuration.ledger.appending(Ledger.name), isFolder: false, owner: 0,
                group: getgrnam("trustd").map { $0.pointee.gr_gid },
                mode: 0o640, consequence: "it holds addresses of people, and what was decided"),
            Rule(path: configuration.denied, isFolder: true, owner: 0, mode: 0o755, consequence: books),
            Rule(
                path: configuration.ledger.appending(LedgerSeal.name), isFolder: false, owner: 0, mode: 0o600,
                consequence: "another user could keep trustctl from changing anything"),
            Rule(path: configuration.ledger.appending("journal"), isFolder: false, owner: 0, mode: 0o600, consequence: trust),
        ]
        // A list inside another file of Exim's has that one's mode.
        if configuration.list.lastComponent?.string == "relay_from_certs" {
            rules.append(Rule(path: configuration.list, isFolder: false, owner: 0, mode: 0o644, consequence: trust))
        }
        if let daemon {
            for folder in [configuration.pending, configuration.position] {
                rules.append(
                    Rule(
                        path: folder, isFolder: true, owner: daemon.user, mode: 0o750,
                        consequence: "trustd cannot work there, or others can read or alter what waits for a decision", isTrust: false))
            }
        }
        return rules
    }

    static func state(of path: FilePath) -> State? {
        var status = stat()
        guard stat(path.string, &status) == 0 else { return nil }
        return State(
            owner: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777, isFolder: status.st_mode & S_IFMT == S_IFDIR)
    }

    /// Whatever somebody else than root could exchange on the way to `paths`, which decide about trust.
    static func ways(to paths: [FilePath]) -> [Finding] {
        paths.compactMap { path in
            guard let resolved = try? ResolvedPath(path) else { return nil }
            do throws(OwnershipError) {
                try Ownership.check(resolved.filePath)
                return nil
            } catch {
                return Finding(
                    .error, "owner-or-mode", "\(error)", "another user could decide what exim trusts",
                    mend: "`chown root \(error.path) && chmod go-w \(error.path)`")
            }
        }
    }
}
