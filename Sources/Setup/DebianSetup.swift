import EximControl
import Host
import SystemPackage
import TrustCore

/// Plans the macros for Debian's generated configuration. No packaged file is edited: one line of ours in a file that is the
/// administrator's, or in one of our own that update-exim4.conf takes; all else is beside trustd.conf.
struct DebianSetup {
    let isSplit: Bool
    /// The sources in which an administrator may have defined what we define, as they would be without setup.
    let sources: [Source]

    struct Source: Equatable {
        let path: FilePath
        let bytes: [UInt8]
    }

    /// What Exim says when it reads our macros in their place.
    struct Trial: Equatable {
        var recipientACL: String?
        var verifyCertificates: String?
        var tryVerifyHosts: String?
        /// tls_certificate, and whether that file is there; nil: Exim makes one itself.
        var certificate: (path: String, exists: Bool)?
        var combinedFile: String?

        static func == (one: Trial, other: Trial) -> Bool {
            one.recipientACL == other.recipientACL && one.verifyCertificates == other.verifyCertificates
                && one.tryVerifyHosts == other.tryVerifyHosts && one.combinedFile == other.combinedFile
                && one.certificate?.path == other.certificate?.path && one.certificate?.exists == other.certificate?.exists
        }
    }

    /// Debian's run_parts takes names of letters, digits, `_` and `-`, in the order of their bytes: behind 000_localmacros, where the
    /// administrator's own macros are, and before the packaged 01_exim4-config_listmacrosdefs.
    static let splitName = "00_trustd"
    static let localMacrosName = "exim4.conf.localmacros"
    static let templateName = "exim4.conf.template"

    /// The file that brings our macros into the configuration.
    var activator: FilePath {
        let path = DebianConfiguration.sources.appending(isSplit ? "conf.d/main/\(Self.splitName)" : Self.localMacrosName)
        return ResolvedPath(orAsWritten: path).filePath
    }

    func plan(_ kind: WayOfTrust, _ snippets: Snippets) -> [WantedFile] {
        let macros = kind.debianMacros
        let block = "# Which certificates may relay (trustctl setup).\n.include \(snippets.path(macros))\n"
        let base = sources.first { $0.path == activator }?.bytes
        // Behind 000_localmacros, which may end in a backslash: a blank line ends what that one continues.
        let after = isSplit ? Array(("\n" + block).utf8) : OwnBlock.appended(block, to: base ?? [])
        func whole(_ name: Snippets.Name, _ purpose: String) -> WantedFile {
            WantedFile(path: snippets.path(name), base: nil, after: Array(snippets.text(name).utf8), purpose: purpose)
        }
        return [
            whole(.debianAllow, "lets approved certificates relay"),
            whole(.debianUnknown, "logs the attempts of others, and asks Debian's own ACL"),
            whole(macros, "asks clients for their certificates, and says which ACL judges them"),
            WantedFile(
                path: activator, base: isSplit ? nil : base, after: after, purpose: "brings these macros into Exim's configuration",
                blocks: isSplit ? [] : [block]),
        ]
    }

    /// Throws what of the administrator's own keeps our macros from working: it is his, and not overridden.
    func check(_ trial: Trial, _ kind: WayOfTrust, _ snippets: Snippets) throws(ByHand) {
        if trial.recipientACL?.contains(snippets.path(.debianUnknown).string) != true {
            throw ownACL(trial, kind, snippets)
        }
        if trial.verifyCertificates != snippets.places.certificates.string {
            throw ByHand(
                reason: "\(place(of: "MAIN_TLS_VERIFY_CERTIFICATES")) has Exim verify clients against"
                    + " “\(Printable(trial.verifyCertificates ?? "nothing", limit: 120))”, not \(snippets.places.certificates)",
                insertions: [.init(place: "\(place(of: "MAIN_TLS_VERIFY_CERTIFICATES")), instead of that line", text: "# none\n")],
                afterwards: ["trustctl setup --trust \(kind.rawValue)"])
        }
        if trial.tryVerifyHosts != "*" {
            throw ByHand(
                reason: "\(place(of: "MAIN_TLS_TRY_VERIFY_HOSTS")) has only “\(Printable(trial.tryVerifyHosts ?? "", limit: 120))” asked"
                    + " for a certificate",
                insertions: [
                    .init(
                        place: "\(place(of: "MAIN_TLS_TRY_VERIFY_HOSTS")), instead of that line", text: "MAIN_TLS_TRY_VERIFY_HOSTS = *\n")
                ],
                afterwards: ["trustctl setup --trust \(kind.rawValue)"])
        }
        if let certificate = trial.certificate, !certificate.exists, !Self.mayMakeCertificate(trial) {
            throw ByHand(
                reason: "\(place(of: "MAIN_TLS_CERTIFICATE")) names \(Printable(certificate.path, limit: 200)), which is not there",
                insertions: [.init(place: "\(place(of: "MAIN_TLS_CERTIFICATE")), instead of that line", text: "# none\n")],
                afterwards: ["trustctl setup --trust \(kind.rawValue)"])
        }
    }

    /// Whether Exim would look for a certificate where Debian's packaging has it by default, and none is there.
    static func mayMakeCertificate(_ trial: Trial) -> Bool {
        trial.certificate?.exists == false && trial.combinedFile == nil
            && trial.certificate?.path == DebianConfiguration.sources.appending("exim.crt").string
    }

    /// An ACL of the administrator's own: everything but the ACL can be said in our macros' words, and he knows where it refuses.
    private func ownACL(_ trial: Trial, _ kind: WayOfTrust, _ snippets: Snippets) -> ByHand {
        let name = trial.recipientACL.flatMap { $0.utf8.allSatisfy(\.isNameByte) ? "“\($0)”" : nil } ?? "that judges recipients"
        var lines = [
            kind.definition, "MAIN_TLS_ENABLE = true", "MAIN_TLS_TRY_VERIFY_HOSTS = *",
            "MAIN_TLS_VERIFY_CERTIFICATES = \(snippets.places.certificates)",
        ].filter { line in !sources.contains { $0.line(defining: String(line.prefix { $0 != " " })) != nil } }
        if snippets.places.list != nil { lines.append(ListForm.macro.emptyDefinition) }
        return ByHand(
            reason: "\(place(of: "MAIN_ACL_CHECK_RCPT")) names an ACL of your own, and trustctl changes none that it did not write",
            commands: LocalFileSystem().exists(snippets.places.certificates)
                ? [] : ["install -d -m 0755 \(snippets.places.certificates)"],
            insertions: [
                .init(
                    place: isSplit
                        ? "\(DebianConfiguration.sources)/conf.d/main/000_localmacros"
                        : "\(DebianConfiguration.sources)/\(Self.localMacrosName)",
                    text: lines.map { $0 + "\n" }.joined()),
                .init(place: "the ACL \(name), before the statement that refuses relaying", text: snippets.aclStatements(kind)),
            ], afterwards: ["update-exim4.conf", "systemctl reload exim4", "trustctl setup"])
    }

    /// `FILE:LINE` of a macro's definition, or the macro alone.
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
