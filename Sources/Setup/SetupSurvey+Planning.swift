package import EximControl
import Glibc
package import Host
package import SystemPackage
import TrustCore

extension SetupSurvey {
    /// What setup is to do.
    package struct Answer {
        package let kind: WayOfTrust
        package var files: [WantedFile] = []
        package var folders: [FilePath] = []
        /// Whether Exim's configuration changes; else only ours does.
        package var touchesExim = true
        /// What Exim is to trust afterwards.
        var meant: [Fingerprint]? = []
        /// What the operator must know before he says yes.
        package var notes: [String] = []
        package let certificates: FilePath
    }

    package func plan(wanting wanted: WayOfTrust?) throws(Failure) -> Answer {
        let (facts, answers) = try facts()
        let settingsKeys = try settingsKeys(facts, answers)
        if case .works(let kind, let logsStrangers) = facts.practice {
            var answer = try adopted(facts, kind, wanted, settingsKeys)
            if !logsStrangers {
                answer.notes.append(
                    "exim logs only certificates that verify: a new client's must be put into \(answer.certificates) before it tries, or be"
                        + " approved with --certificate")
            }
            return answer
        }
        let kind = wanted ?? record?.trust ?? .suiting(facts.library)
        if case .broken(let why) = facts.practice {
            progress.note("warning: \(ListForm.macroName) is defined already, but \(why)")
        }
        var places = SetupPlaces(
            exim: settings.filePath.removingLastComponent().appending("exim"),
            list: ResolvedPath(orAsWritten: configuration.list).filePath,
            certificates: configuration.certificates)
        if facts.listValue != nil { places.list = nil }
        // The administrator's own directory, when there is one that only serves this.
        if let own = ownDirectory(facts) { places.certificates = own }
        for path in [places.exim, places.certificates] + (places.list.map { [$0] } ?? []) where !SetupPlaces.isPlain(path) {
            throw Failure("\(path) cannot stand in Exim's configuration", .notSound, hint: "use a path of letters, digits, . _ - + and /")
        }
        var answer = Answer(kind: kind, certificates: places.certificates)
        if let value = facts.listValue {
            answer.meant = try asking { () throws(EximError) in Array(try value.fingerprints) }
        } else {
            try addList(to: &answer, places)
        }
        if DebianConfiguration.generates(facts.main.filePath) {
            try addDebian(to: &answer, places, answers)
        } else {
            do { answer.files += try OneFileSetup.plan(facts, kind, Snippets(places: places)) } catch { throw Failure(byHand: error) }
        }
        answer.files = try answer.files.map { file throws(Failure) in try rebased(file) }
        if let settings = try settingsFile(settingsKeys) { answer.files.insert(settings, at: max(0, answer.files.count - 1)) }
        answer.folders = folders(for: answer.files) + [places.certificates]
        return answer
    }

    /// Whole files of ours that were there before, e.g. from `make install`.
    private func rebased(_ file: WantedFile) throws(Failure) -> WantedFile {
        guard file.base == nil, !file.isList else { return file }
        return WantedFile(
            path: file.path, base: try base(file.path), after: file.after, purpose: file.purpose, blocks: file.blocks, isList: file.isList,
            isSecret: file.isSecret)
    }

    /// Exim does it already: nothing of its configuration is touched.
    private func adopted(
        _ facts: SetupFacts, _ kind: WayOfTrust, _ wanted: WayOfTrust?, _ keys: SettingsBlock
    ) throws(Failure) -> Answer {
        if let wanted, wanted != kind {
            throw Failure(
                "exim trusts by \(kind.rawValue) already, by statements that setup did not write", .notSound,
                hint: "take them out first, or leave --trust out")
        }
        var answer = Answer(
            kind: kind, touchesExim: false, certificates: facts.verifyCertificates.map { FilePath($0) } ?? configuration.certificates)
        answer.meant = try asking { () throws(EximError) in Array(try facts.listValue?.fingerprints ?? []) }
        if let file = try settingsFile(keys) { answer.files = [file] }
        return answer
    }

    private func addList(to answer: inout Answer, _ places: SetupPlaces) throws(Failure) {
        guard let path = places.list else { return }
        if let bytes = try read(path) {
            do throws(TrustListError) {
                let list = try ListDefinition(in: bytes, file: path).list
                answer.meant = Array(list.fingerprints)
            } catch { throw Failure(error) }
            if let count = answer.meant?.count, count > 0, record?[path] == nil {
                answer.notes.append(
                    "\(path) is there already: \(count == 1 ? "a certificate" : "\(count) certificates") in it may relay then")
            }
            guard record?[path] != nil else { return }
        }
        let base = record?[path].flatMap { $0.before.map { Array($0) } }
        answer.files.append(
            WantedFile(path: path, base: base, after: ListForm.macro.emptyFile, purpose: "the trust list, empty", isList: true))
    }

    private func addDebian(to answer: inout Answer, _ places: SetupPlaces, _ answers: EximAnswers) throws(Failure) {
        let setup = DebianSetup(isSplit: try debianIsSplit(), sources: try debianSources())
        if setup.isSplit, setup.sources.contains(where: { $0.path == setup.activator }) {
            throw Failure(
                "\(setup.activator) is there already, and does not do it; setup did not write it", .notSound,
                hint: "keep what you need of it elsewhere, move it away, then repeat the command")
        }
        var places = places
        let trial = try debianTrial(setup, answer.kind, Snippets(places: places))
        do { try setup.check(trial, answer.kind, Snippets(places: places)) } catch { throw Failure(byHand: error) }
        if DebianSetup.mayMakeCertificate(trial) {
            places.ownCertificate = true
            answer.files += try ownCertificate(places, host: answers["primary_hostname"] ?? "localhost")
        }
        answer.files += setup.plan(answer.kind, Snippets(places: places))
    }

    /// The folders that the files need, the outer ones first.
    private func folders(for files: [WantedFile]) -> [FilePath] {
        var folders: [FilePath] = []
        for file in files {
            var missing: [FilePath] = []
            var folder = file.path.removingLastComponent()
            while folder.lastComponent != nil, !LocalFileSystem().exists(folder) || record?.folders.contains(folder.string) == true {
                missing.insert(folder, at: 0)
                folder = folder.removingLastComponent()
            }
            folders += missing.filter { !folders.contains($0) }
        }
        return folders
    }
}
