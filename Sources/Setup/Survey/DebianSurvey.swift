import EximControl
package import Host
import SystemPackage
import TrustCore

/// Finds out how Debian's generated configuration is made.
package struct DebianSurvey {
    private let survey: SetupSurvey

    package init(survey: SetupSurvey) { self.survey = survey }

    /// Whether the configuration is split.
    package func isSplit() throws(Failure) -> Bool {
        do { return try survey.exim().isSplit() } catch {
            throw Failure("update-exim4.conf: \(error)", .notSound, hint: "fix that first")
        }
    }

    /// With the files in which an administrator defines macros, and the packaged ones, in the order in which they are read.
    func setup() throws(Failure) -> DebianSetup {
        let isSplit = try isSplit()
        let folder = DebianConfiguration.sources
        var paths = [folder.appending(DebianSetup.localMacrosName), folder.appending(DebianSetup.templateName)]
        if isSplit {
            let main = folder.appending("conf.d/main")
            let names: [String]
            do throws(SystemError) { names = try Folder(main, followingLink: true).names() } catch {
                guard error.isMissing else { throw Failure(error) }
                names = []
            }
            paths = names.filter { $0.utf8.allSatisfy(\.isNameByte) }.sorted().map { main.appending($0) }
        }
        var sources: [DebianSetup.Source] = []
        for path in paths.map(survey.files.resolved) {
            if let bytes = try survey.files.base(path) { sources.append(.init(path: path, bytes: bytes)) }
        }
        return DebianSetup(isSplit: isSplit, sources: sources, activator: survey.files.resolved(DebianSetup.activator(isSplit: isSplit)))
    }

    /// What Exim answers when it reads our macros in their place, before anything is written: Debian's script builds a configuration from a
    /// copy of its sources.
    func trial(_ setup: DebianSetup, _ way: WayOfTrust, _ snippets: Snippets) throws(Failure) -> DebianSetup.Trial {
        let copy = survey.scratch.appending("exim4")
        defer { FolderTree.remove(copy) }
        var macros = snippets
        macros.places.list = nil
        var place = copy.appending(setup.isSplit ? "conf.d/main/\(DebianSetup.splitName)" : DebianSetup.localMacrosName)
        var text = "\n" + macros.text(way.debianMacros)
        var base = setup.sources.first { $0.path == setup.activator }?.bytes ?? []
        do throws(SystemError) {
            try FolderTree.copy(DebianConfiguration.sources, to: copy) { $0 }
            // The script looks for this file in the live folder, wherever it reads it: without it, the template is what comes first.
            if !setup.isSplit, !survey.files.exists(DebianConfiguration.sources.appending(DebianSetup.localMacrosName)) {
                place = copy.appending(DebianSetup.templateName)
                text += String(decoding: try LocalFileSystem().contents(of: place) ?? [], as: UTF8.self)
                base = []
            }
            try LocalFileSystem().create(place, OwnBlock.appended(text, to: base), like: nil, access: .open)
        } catch { throw Failure(error) }
        return try survey.asking { () throws(EximError) in try answers(of: copy) }
    }

    private func answers(of sources: FilePath) throws(EximError) -> DebianSetup.Trial {
        let built = survey.scratch.appending("trial")
        let made = try survey.exim().run(Program(DebianConfiguration.generator, ["-d", sources.string, "-o", built.string]))
        guard made.status == 0 else { throw .refused(EximProgram.words(made)) }
        var seen = survey.configuration
        seen.eximConfiguration = built
        let answers = try EximProgram(seen, scratch: survey.scratch).answers(
            options: ["acl_smtp_rcpt", SetupFacts.verify, SetupFacts.tryVerify, "tls_certificate"], macros: ["MAIN_TLS_CERTKEY"])
        var trial = DebianSetup.Trial(
            recipientACL: answers["acl_smtp_rcpt"], verifyCertificates: answers[SetupFacts.verify],
            tryVerifyHosts: answers[SetupFacts.tryVerify], certificate: answers["tls_certificate"],
            combinedFile: answers["MAIN_TLS_CERTKEY"])
        // An expansion cannot be looked up.
        if let path = trial.certificate, path.hasPrefix("/"), !path.contains("$") {
            trial.isCertificateMissing = !survey.files.exists(FilePath(path))
        }
        return trial
    }
}
