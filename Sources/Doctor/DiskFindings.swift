import Host
import SystemPackage
import Trust
import TrustCore

/// Judges the owners and modes of our files and folders.
struct DiskFindings {
    /// What one path should be like.
    struct Rule {
        let path: FilePath
        let isFolder: Bool
        let owner: UInt32
        /// Nil: any.
        var group: UInt32?
        let mode: UInt32
        let consequence: String
        /// Whether a violation endangers what exim trusts, and not only somebody's privacy.
        var isTrust = true
        var mustExist = false
        /// Who must be able to read it besides root; nil: nobody.
        var reader: Account?

        /// The bits of the mode without which `reader` cannot read the file, or list the folder and reach what is in it.
        fileprivate func needed(by reader: Account, _ state: State) -> UInt32 {
            let bits: UInt32 = isFolder ? 0o5 : 0o4
            if reader.user == state.owner { return bits << 6 }
            return ([reader.group] + reader.groups).contains(state.group) ? bits << 3 : bits
        }
    }

    /// What it is like.
    struct State: Equatable {
        let owner: UInt32
        let group: UInt32
        let mode: UInt32
        let isFolder: Bool
    }

    /// The finding about one path; nil when it is in order. `state` is nil when the path does not exist.
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
        // More than the rule permits, or less than those need who are not root: a stricter mode than the usual one is no fault.
        let excess = state.mode & ~rule.mode & 0o777
        let lack = rule.reader.map { rule.needed(by: $0, state) & ~state.mode } ?? 0
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

    /// The rules for all our paths. `group` is that of trustd, which may read the ledger; nil: any.
    static func rules(_ configuration: Configuration, file: FilePath, daemon: Account?, group: UInt32?) -> [Rule] {
        let trust = "another user could decide what exim trusts"
        let books = "another user could change the record of the decisions"
        var rules = [
            Rule(path: file, isFolder: false, owner: 0, mode: 0o644, consequence: trust, reader: daemon),
            Rule(
                path: configuration.certificates, isFolder: true, owner: 0, mode: 0o755,
                consequence: "exim could not read the trust directory, or another user could put certificates there", mustExist: true,
                reader: daemon),
            Rule(
                path: configuration.state, isFolder: true, owner: 0, mode: 0o755,
                consequence: "another user could replace the queue, or trustd cannot reach it", reader: daemon),
            Rule(path: configuration.ledger, isFolder: true, owner: 0, mode: 0o755, consequence: books, reader: daemon),
            Rule(
                path: configuration.ledger.appending(Ledger.name), isFolder: false, owner: 0,
                group: group,
                mode: 0o640, consequence: "it holds people's addresses and what was decided"),
            Rule(
                path: configuration.ledger.appending("checkpoint"), isFolder: false, owner: 0, group: group, mode: 0o640,
                consequence: "it holds people's addresses and what was decided"),
            Rule(
                path: configuration.ledger.appending(ApprovedMark.name), isFolder: false, owner: 0, mode: 0o644,
                consequence: "another user could hide who was put into the folder of approved certificates"),
            Rule(
                path: configuration.ledger.appending("known"), isFolder: true, owner: 0, group: group, mode: 0o750,
                consequence: "it holds the names in certificates"),
            InvitationFindings.rule(configuration.ledger.appending(InvitationFolder.name), isFolder: true),
            Rule(
                path: configuration.ledger.appending(DeniedKeys.name), isFolder: true, owner: 0, mode: 0o755,
                consequence: "another user could hide that a certificate's key was revoked"),
            Rule(
                path: configuration.ledger.appending(KeptFindings.name), isFolder: false, owner: 0, mode: 0o644,
                consequence: "another user could hide what was found from the monitoring system"),
            Rule(path: configuration.denied, isFolder: true, owner: 0, mode: 0o755, consequence: books, reader: daemon),
            Rule(
                path: configuration.ledger.appending(LedgerSeal.name), isFolder: false, owner: 0, mode: 0o600,
                consequence: "another user could keep trustctl from changing anything"),
            Rule(path: configuration.ledger.appending("journal"), isFolder: false, owner: 0, mode: 0o600, consequence: trust),
        ]
        // Any other file that defines the list has its own mode.
        if configuration.list.lastComponent?.string == "relay_from_certs" {
            rules.append(Rule(path: configuration.list, isFolder: false, owner: 0, mode: 0o644, consequence: trust))
        }
        if let daemon {
            for folder in [configuration.pending, configuration.position] {
                rules.append(
                    Rule(
                        path: folder, isFolder: true, owner: daemon.user, mode: 0o750,
                        consequence: "trustd cannot work there, or others can read or change what waits for a decision", isTrust: false,
                        reader: daemon))
            }
        }
        return rules
    }

    /// The finding about a file system that does not exchange two files in one step; nil when it does.
    static func judge(_ support: ExchangeSupport?, _ folder: FilePath) -> Finding? {
        switch support {
        case .atomic, nil: nil
        case .byLinks:
            Finding(
                .note, "exchange-by-links", "the file system of \(folder) cannot exchange two files in one step (renameat2)",
                "hard links do it in three: a crash at that moment leaves a file name with a `~`, which the next command removes",
                mend: "nothing must be done; a local file system such as ext4, XFS or Btrfs does it in one step")
        case ExchangeSupport.none?:
            Finding(
                .error, "exchange-impossible", "the file system of \(folder) can neither exchange two files nor make hard links",
                "no change of trust and no repeated sighting can be written there",
                mend: "move \(folder) to a local file system such as ext4, XFS or Btrfs")
        }
    }

    /// The finding about a path that somebody else than root could replace.
    static func judge(_ error: OwnershipError) -> Finding {
        Finding(
            .error, "owner-or-mode", "\(error)", "another user could decide what exim trusts",
            mend: "`chown root \(error.path) && chmod go-w \(error.path)`")
    }
}
