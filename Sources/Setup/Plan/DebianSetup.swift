import EximControl
import Host
import SystemPackage
import TrustCore

/// Plans the macros for Debian's generated configuration. No packaged file is edited: one line of ours goes into a file of the
/// administrator's, or into a file of our own that update-exim4.conf reads; everything else is beside trustd.conf.
struct DebianSetup {
    let isSplit: Bool
    /// The files in which an administrator may have defined the same macros, as they would be without setup.
    let sources: [Source]
    /// The file that includes our macros, without symbolic links.
    let activator: FilePath

    struct Source: Equatable {
        let path: FilePath
        let bytes: [UInt8]
    }

    /// What Exim answers with our macros in their place.
    struct Trial {
        var recipientACL: String?
        var verifyCertificates: String?
        var tryVerifyHosts: String?
        /// tls_certificate; nil: Exim makes one itself.
        var certificate: String?
        /// Whether that file is missing.
        var isCertificateMissing = false
        /// MAIN_TLS_CERTKEY.
        var combinedFile: String?

        /// Whether Exim would look for a certificate where Debian's packaging has it by default, and none is there.
        fileprivate var lacksDefaultCertificate: Bool {
            isCertificateMissing && combinedFile == nil && certificate == DebianConfiguration.sources.appending("exim.crt").string
        }
    }

    /// Debian's run_parts reads names of letters, digits, `_` and `-`, in the order of their bytes: this one after 000_localmacros, which
    /// holds the administrator's own macros, and before the packaged 01_exim4-config_listmacrosdefs.
    static let splitName = "00_trustd"
    static let localMacrosName = "exim4.conf.localmacros"
    static let templateName = "exim4.conf.template"

    static func activator(isSplit: Bool) -> FilePath {
        DebianConfiguration.sources.appending(isSplit ? "conf.d/main/\(splitName)" : localMacrosName)
    }

    /// All files, Exim's own certificate among them if it has none; then `places` say so.
    func files(
        _ way: WayOfTrust, _ places: inout SetupPlaces, _ facts: SetupFacts, on host: RelayPlan.Host, trial: RelayPlan.Trial
    ) throws(Failure) -> [WantedFile] {
        if isSplit, sources.contains(where: { $0.path == activator }) {
            throw Failure(
                "\(activator) exists already, but setup did not write it, and it does not do what is needed", .notSound,
                hint: "save what you need of it, move it away, then repeat the command")
        }
        let answer = try trial(self, way, Snippets(places: places))
        do { try check(answer, way, Snippets(places: places), facts) } catch {
            throw Failure(byHand: error)
        }
        var files: [WantedFile] = []
        if answer.lacksDefaultCertificate {
            places.ownCertificate = true
            files = try ServerCertificate.files(places, host: facts.hostName ?? "localhost", host.files)
        }
        return files + plan(way, Snippets(places: places))
    }

    func plan(_ way: WayOfTrust, _ snippets: Snippets) -> [WantedFile] {
        let block = "# Which certificates may relay (trustctl setup).\n.include \(snippets.path(way.debianMacros))\n"
        let base = sources.first { $0.path == activator }?.bytes
        // It is read after 000_localmacros, which may end in a backslash: a blank line ends what that continues.
        let after = isSplit ? Array(("\n" + block).utf8) : OwnBlock.appended(block, to: base ?? [])
        return [
            snippets.file(.debianAllow, "lets approved certificates relay"),
            snippets.file(way.debianUnknown, "logs the attempts of others, then uses Debian's own ACL"),
            snippets.file(way.debianMacros, "asks clients for their certificates, and chooses the ACL for each"),
            WantedFile(
                path: activator, base: isSplit ? nil : base, after: after, purpose: "brings these macros into Exim's configuration",
                blocks: isSplit ? [] : [block]),
        ]
    }

    /// Throws when something of the administrator's own keeps our macros from working: it is his, so it is not overridden.
    private func check(_ trial: Trial, _ way: WayOfTrust, _ snippets: Snippets, _ facts: SetupFacts) throws(ByHand) {
        if trial.recipientACL?.contains(snippets.path(way.debianUnknown).string) != true {
            throw ownACL(trial, way, snippets, facts)
        }
        func replacing(_ macro: String, with text: String, because problem: String) -> ByHand {
            let place = place(of: macro)
            return ByHand(
                reason: "\(place) \(problem)", insertions: [.init(place: "\(place), instead of that line", text: text)],
                afterwards: [way.setup(snippets.places)])
        }
        if trial.verifyCertificates.map({ FilePath($0) }) != snippets.places.certificates {
            throw replacing(
                "MAIN_TLS_VERIFY_CERTIFICATES", with: "# none\n",
                because: "makes Exim verify clients against “\(Printable(trial.verifyCertificates ?? "nothing", limit: 120))”, not"
                    + " \(snippets.places.certificates)")
        }
        if trial.tryVerifyHosts != "*" {
            throw replacing(
                "MAIN_TLS_TRY_VERIFY_HOSTS", with: "MAIN_TLS_TRY_VERIFY_HOSTS = *\n",
                because: "makes Exim ask only “\(Printable(trial.tryVerifyHosts ?? "", limit: 120))” for a certificate")
        }
        if trial.isCertificateMissing, !trial.lacksDefaultCertificate {
            throw replacing(
                "MAIN_TLS_CERTIFICATE", with: "# none\n",
                because: "names \(Printable(trial.certificate ?? "", limit: 200)), which does not exist")
        }
    }

    /// The administrator has an ACL of his own. Our macros can say everything except where in it our statements belong: he knows where it
    /// refuses relaying.
    private func ownACL(_ trial: Trial, _ way: WayOfTrust, _ snippets: Snippets, _ facts: SetupFacts) -> ByHand {
        let name = trial.recipientACL.flatMap { $0.utf8.allSatisfy(\.isNameByte) ? "“\($0)”" : nil } ?? "that judges recipients"
        var lines =
            (snippets.definition(way).split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init) + [
                "MAIN_TLS_ENABLE = true", "MAIN_TLS_TRY_VERIFY_HOSTS = *",
                "MAIN_TLS_VERIFY_CERTIFICATES = \(way.directoryValue(snippets.places))",
            ]).filter { line in !sources.contains { $0.line(defining: String(line.prefix { $0 != " " })) != nil } }
        if snippets.places.list != nil { lines.append(ListForm.macro.emptyDefinition) }
        let folder = DebianConfiguration.sources
        return ByHand(
            reason: "\(place(of: "MAIN_ACL_CHECK_RCPT")) names an ACL of your own, and trustctl does not change what it did not write",
            commands: way.commands(facts, snippets.places),
            insertions: [
                .init(
                    place: isSplit ? "\(folder)/conf.d/main/000_localmacros" : "\(folder)/\(Self.localMacrosName)",
                    text: lines.map { $0 + "\n" }.joined()),
                .init(place: "the ACL \(name), before the statement that refuses relaying", text: snippets.aclStatements(way)),
            ], afterwards: ["update-exim4.conf", "systemctl reload exim4", "trustctl setup"])
    }

    /// `FILE:LINE (MACRO)` of a macro's definition, or the macro alone.
    private func place(of macro: String) -> String {
        for source in sources { if let line = source.line(defining: macro) { return "\(source.path):\(line) (\(macro))" } }
        return macro
    }
}

extension DebianSetup.Source {
    /// The first line that defines the macro.
    fileprivate func line(defining macro: String) -> Int? {
        var reader = LogicalLines(bytes)
        while let line = reader.next() { if line.macro.map(String.init) == macro { return line.number } }
        return nil
    }
}
