import EximControl
import Host
import SystemPackage
import TrustCore

/// What the relay's setup is to do. Planning changes nothing: facts in, files or an explanation out.
struct RelayPlan {
    let way: WayOfTrust
    var files: [WantedFile] = []
    /// The missing folders that the files need, the outer ones first.
    var folders: [FilePath] = []
    /// Whether Exim's configuration changes; otherwise only trustd.conf does.
    var touchesExim = true
    /// What Exim must trust afterwards; nil: it must know no trust list.
    var trusted: ListContent? = .listed([])
    /// The file that defines the list.
    var list: FilePath
    /// What the operator must know before he agrees.
    var notes: [String] = []
    /// Where Exim looks for certificates.
    let certificates: FilePath
    /// The CA whose clients are let in.
    var authority: ChosenAuthority?

    /// What the plan is made for.
    struct Host {
        let configuration: Configuration
        /// trustd.conf, without symbolic links.
        let settings: FilePath
        let files: ConfigurationFiles
        /// Whom `trustctl notify` shall tell.
        var notifyTo: MailAddress?
        /// The CA, where trust is by one.
        var authority: ChosenAuthority?
        var progress = Progress.silent
    }

    /// What Exim answers with our macros in Debian's configuration.
    typealias Trial = (DebianSetup, WayOfTrust, Snippets) throws(Failure) -> DebianSetup.Trial

    /// Makes a relay of `host`. `wanted` nil: the way of an earlier setup, else the one that suits this build of Exim. `form`: that of a list
    /// that is not there yet.
    static func making(
        _ facts: SetupFacts, wanting wanted: WayOfTrust?, list form: ListForm = .macro, on host: Host, trial: Trial
    ) throws(Failure) -> RelayPlan {
        let settings = try SettingsBlock(facts, file: host.settings, files: host.files, notifyTo: host.notifyTo)
        if let warning = settings.warning { host.progress.note("warning: \(warning)") }
        switch facts.practice {
        case .works(let way, let logsStrangers):
            return try adopting(facts, way, wanted, settings, logsStrangers: logsStrangers, on: host)
        case .broken(let reason): host.progress.note("warning: \(ListForm.macroName) is defined already, but \(reason)")
        case .none: break
        }
        let way = wanted ?? host.files.record?.trust ?? .suiting(facts.library)
        var places = try SetupPlaces(facts, on: host)
        var plan = RelayPlan(
            way: way, list: facts.definition ?? host.files.resolved(host.configuration.list), certificates: places.certificates)
        if let value = facts.listValue { plan.trusted = try content(value) } else { try plan.addList(places, form, on: host) }
        if let authority = host.authority {
            plan.authority = authority
            plan.files.append(authority.file)
        }
        if let debian = facts.debian {
            plan.files += try debian.files(way, &places, facts, on: host, trial: trial)
        } else {
            if let value = facts.ownAuthorities {
                plan.notes.append("\(SetupFacts.verify) = \(Printable(value, limit: 120)) stays: \(SetupFacts.whyNoAuthorities)")
            }
            do { plan.files += try OneFileSetup.plan(facts, way, Snippets(places: places, ownDomains: facts.ownDomains)) } catch {
                throw Failure(byHand: error)
            }
        }
        plan.files = try plan.files.map { file throws(Failure) in
            // A whole file of ours may be there already, e.g. from `make install`.
            guard file.base == nil, !file.isList else { return file }
            var file = file
            file.base = try host.files.base(file.path)
            return file
        }
        // Before the last file, which activates everything.
        if let settings = settings.wanted { plan.files.insert(settings, at: max(0, plan.files.count - 1)) }
        plan.addFolders(places, on: host)
        return plan
    }

    /// Exim does it already: its configuration stays as it is.
    private static func adopting(
        _ facts: SetupFacts, _ way: WayOfTrust, _ wanted: WayOfTrust?, _ settings: SettingsBlock, logsStrangers: Bool, on host: Host
    ) throws(Failure) -> RelayPlan {
        if let wanted, wanted != way {
            throw Failure(
                "exim already trusts by \(way.rawValue), by statements that setup did not write", .notSound,
                hint: "remove them first, or omit --trust")
        }
        if let chosen = host.authority, AuthorityFolder(host.configuration).authority != chosen.authority.certificate {
            throw Failure(
                "exim trusts by another CA already, by statements that setup did not write", .notSound,
                hint: "put the new one's certificate into \(chosen.rules.folder) in place of the old one, and define"
                    + " \(WayOfTrust.authorityName) = \(chosen.rules.name.text)")
        }
        var plan = RelayPlan(
            way: way, touchesExim: false, list: facts.definition ?? host.files.resolved(host.configuration.list),
            certificates: facts.verifyCertificates.map { FilePath($0) } ?? host.configuration.certificates)
        plan.trusted = try facts.listValue.map(content) ?? .listed([])
        if let file = settings.wanted { plan.files = [file] }
        if !logsStrangers {
            plan.notes.append(
                "exim logs only certificates that verify: put a new client's certificate into \(plan.certificates) before it tries,"
                    + " or approve it with --certificate")
        }
        return plan
    }

    /// Takes everything back that `record` names. Exim must trust `trusted` afterwards.
    static func removing(_ record: SetupRecord?, trusted: ListContent?, list: FilePath, _ configuration: Configuration) -> RelayPlan {
        RelayPlan(
            way: record?.trust ?? .fingerprint, touchesExim: record?.trust != nil, trusted: trusted, list: list,
            certificates: configuration.certificates)
    }

    private static func content(_ value: ListValue) throws(Failure) -> ListContent {
        do { return try value.content } catch { throw Failure(error) }
    }
}

extension RelayPlan {
    /// The trust list, empty, unless there is one.
    fileprivate mutating func addList(_ places: SetupPlaces, _ form: ListForm, on host: Host) throws(Failure) {
        guard let path = places.list else { return }
        let entry = host.files.record?[path]
        if let bytes = try host.files.now(path) {
            let content: ListContent
            do { content = try ListDefinition(in: bytes, file: path).content } catch { throw Failure(error) }
            trusted = content
            guard entry != nil else {
                guard let approved = content.listed else {
                    notes.append("\(path) exists already, and looks into a folder: certificates in that may relay then")
                    return
                }
                if approved.count == 1 { notes.append("\(path) exists already: a certificate in it may relay then") }
                if approved.count > 1 { notes.append("\(path) exists already: \(approved.count) certificates in it may relay then") }
                return
            }
        }
        var list = WantedFile(
            path: path, base: entry?.before.map { Array($0) }, after: form.emptyFile, purpose: "the trust list, empty")
        if case .folder(let path) = form { trusted = .folder(path) }
        list.isList = true
        files.append(list)
    }

    fileprivate mutating func addFolders(_ places: SetupPlaces, on host: Host) {
        for file in files {
            var missing: [FilePath] = []
            var folder = file.path.removingLastComponent()
            while folder.lastComponent != nil, !host.files.exists(folder) || host.files.record?.folders.contains(folder.string) == true {
                missing.insert(folder, at: 0)
                folder = folder.removingLastComponent()
            }
            folders += missing.filter { !folders.contains($0) }
        }
        // The trust directory is needed by those who come by fingerprint, as an empty one.
        let more = authority.map { [host.configuration.certificates, $0.rules.issued] } ?? []
        folders = (folders + [places.certificates] + more).filter { !host.files.exists($0) }
    }
}
