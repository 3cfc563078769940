package import EximControl
import Glibc
package import Host
import SystemPackage
import TrustCore

extension SetupSurvey {
    /// What Exim says without setup.
    package func facts() throws(Failure) -> (SetupFacts, EximAnswers) {
        let exim = try exim(with: basics())
        let main = try asking { () throws(EximError) in try EximProgram(configuration, scratch: scratch("")).mainConfiguration() }
        let answers = try asking { () throws(EximError) in
            try exim.answers(
                options: [
                    "acl_smtp_rcpt", SetupFacts.verify, SetupFacts.tryVerify, "log_file_path", "spool_directory", "primary_hostname",
                ],
                macros: [ListForm.macroName, WayOfTrust.macroName])
        }
        guard answers.library != .none else {
            throw Failure("this exim was built without TLS", .notSound, hint: "install one that has it, e.g. exim4-daemon-light")
        }
        var facts = SetupFacts(main: ResolvedPath(orAsWritten: main))
        facts.library = answers.library
        facts.listValue = answers.list
        facts.recipientACL = answers["acl_smtp_rcpt"]
        facts.verifyCertificates = answers[SetupFacts.verify]
        facts.listExists = LocalFileSystem().exists(configuration.list)
        facts.directoryExists = LocalFileSystem().exists(configuration.certificates)
        if !DebianConfiguration.generates(main) {
            facts.mainBytes = try base(facts.main.filePath) ?? []
            for option in [SetupFacts.verify, SetupFacts.tryVerify] {
                if try asking({ () throws(EximError) in try exim.sets(option, scratch: scratch("")) }) {
                    facts.setOptions.insert(option)
                }
            }
        }
        if let value = facts.listValue {
            let files = DebianConfiguration.generates(main) ? try debianSources().map(\.path) : [facts.main.filePath]
            facts.definition = try DefinitionPlace.find(in: [configuration.list] + files, value: value) { path throws(Failure) in
                try self.base(path)
            }
            if exim.isCopied {
                facts.practice = .broken("nothing can be mounted here, so that Exim cannot be asked what it does with a certificate")
            } else {
                let place = facts.verifyCertificates.flatMap { $0.hasPrefix("/") && !$0.contains("$") ? FilePath($0) : nil }
                let trial = try trial()
                facts.practice = try asking { () throws(EximError) in
                    do throws(EximError) {
                        return try trial.practice(exim, certificates: place.flatMap { LocalFileSystem().exists($0) ? $0 : nil })
                    } catch {
                        guard case .mountNotPermitted = error else { throw error }
                        return .broken("nothing can be mounted here, so that Exim cannot be asked what it does with a certificate")
                    }
                }
            }
        }
        return (facts, answers)
    }

    /// The files in which an administrator puts macros on Debian, and the packaged ones, in the order in which they are read.
    func debianSources() throws(Failure) -> [DebianSetup.Source] {
        let folder = DebianConfiguration.sources
        var paths: [FilePath]
        if try debianIsSplit() {
            paths = ((try? Folder(folder.appending("conf.d/main"), followingLink: true).names()) ?? []).filter { name in
                name.utf8.allSatisfy(\.isNameByte)
            }.sorted().map { folder.appending("conf.d/main/\($0)") }
        } else {
            paths = [folder.appending(DebianSetup.localMacrosName), folder.appending(DebianSetup.templateName)]
        }
        paths = paths.map { ResolvedPath(orAsWritten: $0).filePath }
        var sources: [DebianSetup.Source] = []
        for path in paths { if let bytes = try base(path) { sources.append(.init(path: path, bytes: bytes)) } }
        return sources
    }

    /// By the words of Debian's own script: its configuration is a shell script, and nobody else reads it as a shell does.
    package func debianIsSplit() throws(Failure) -> Bool {
        let result = try asking { () throws(EximError) in
            try EximProgram(configuration, scratch: scratch("")).run(
                Program(DebianConfiguration.generator, ["--verbose", "-o", scratch("asked").string]))
        }
        let text = String(decoding: result.output, as: UTF8.self)
        if text.contains("using split configuration scheme") { return true }
        guard text.contains("using non-split configuration scheme") else {
            throw Failure("update-exim4.conf said: \(EximProgram.words(result))", .notSound, hint: "mend that first")
        }
        return false
    }

    /// Has Exim read our macros where they are to stand, before anything is written: Debian's script builds a configuration out of a copy.
    func debianTrial(_ setup: DebianSetup, _ kind: WayOfTrust, _ snippets: Snippets) throws(Failure) -> DebianSetup.Trial {
        let copy = scratch("exim4")
        defer { FolderTree.remove(copy) }
        var macros = snippets
        macros.places.list = nil
        var place = copy.appending(setup.isSplit ? "conf.d/main/\(DebianSetup.splitName)" : DebianSetup.localMacrosName)
        var text = "\n" + macros.text(kind.debianMacros)
        var base = setup.sources.first { $0.path == setup.activator }?.bytes ?? []
        do throws(SystemError) {
            try FolderTree.copy(DebianConfiguration.sources, to: copy) { $0 }
            // The script looks for this file in the live folder, wherever it reads it: without it, the template is what comes first.
            if !setup.isSplit, !LocalFileSystem().exists(DebianConfiguration.sources.appending(DebianSetup.localMacrosName)) {
                place = copy.appending(DebianSetup.templateName)
                text += String(decoding: try LocalFileSystem().contents(of: place) ?? [], as: UTF8.self)
                base = []
            }
            try LocalFileSystem().create(place, OwnBlock.appended(text, to: base), like: nil, access: .open)
        } catch { throw Failure(error) }
        let built = scratch("trial")
        return try asking { () throws(EximError) in
            let made = try EximProgram(configuration, scratch: scratch("")).run(
                Program(DebianConfiguration.generator, ["-d", copy.string, "-o", built.string]))
            guard made.status == 0 else { throw .refused(EximProgram.words(made)) }
            var seen = configuration
            seen.eximConfiguration = built
            let answers = try EximProgram(seen, scratch: scratch("")).answers(
                options: ["acl_smtp_rcpt", SetupFacts.verify, SetupFacts.tryVerify, "tls_certificate"], macros: ["MAIN_TLS_CERTKEY"])
            let certificate = answers["tls_certificate"].map { path in
                (path: path, exists: !path.hasPrefix("/") || path.contains("$") || LocalFileSystem().exists(FilePath(path)))
            }
            return DebianSetup.Trial(
                recipientACL: answers["acl_smtp_rcpt"], verifyCertificates: answers[SetupFacts.verify],
                tryVerifyHosts: answers[SetupFacts.tryVerify], certificate: certificate, combinedFile: answers["MAIN_TLS_CERTKEY"])
        }
    }
}
