import EximControl
import Host
import SystemPackage
import Trust
import TrustCore

/// Judges the trust list: whether Exim's value, the file and the ledger say the same.
struct ListFindings {
    /// The list as Exim has it; nil when Exim knows none.
    let value: ListValue?
    let file: FilePath
    /// The file's bytes; nil when it is missing.
    let bytes: [UInt8]?
    /// What trustctl reads in the file; nil when it cannot.
    let listed: Set<Fingerprint>?
    /// Why it cannot.
    let misunderstanding: Failure?
    /// The macros that change a fingerprint of the list where Exim uses it.
    let alterations: [HashAlteration]
    /// Nil when it cannot be read, which has its own finding.
    let ledger: LedgerFile.Examined?
    let mend: Remedies
    /// The form in which the file defines it; nil when it is not understood.
    var form: ListForm?
    /// What is wrong with the folder of a list in folder form.
    var folder: FolderFindings?
    /// Whether this Exim could have a list in folder form.
    var canHaveFolder = false

    /// Whom Exim would trust if it were started now; nil when that is not understood.
    var trusted: ListContent? { value.flatMap { try? $0.content } }

    /// What a daemon that has read a list in folder form has in its memory.
    func lookup(_ configuration: Configuration) -> String {
        if case .folder(let path) = trusted { return ListForm.folder(path).lookup }
        return ListForm.folder(configuration.approved).lookup
    }

    var findings: [Finding] {
        guard bytes != nil else {
            return [
                Finding(
                    .error, "list-missing", "\(file) is missing", "trustctl cannot approve",
                    mend: "`echo '\(ListForm.macro.emptyDefinition)' >\(file)`, and include it in exim's configuration")
            ]
        }
        var findings = items + (folder?.findings ?? [])
        if let misunderstanding, findings.isEmpty {
            findings.append(
                Finding(
                    .error, "list-not-understood", misunderstanding.messages.joined(separator: "; "),
                    "trustctl cannot approve or revoke",
                    mend: misunderstanding.hint ?? "correct that line; see trustd.conf(5), `list`"))
        }
        return findings + effect + altered + returned + byHand + checkpoint + long
    }

    /// What Exim's value holds that `inlist` does not take for a fingerprint.
    private var items: [Finding] {
        (value?.faults ?? []).map { fault in
            let item = fault.item
            switch fault.kind {
            case .misspelt(let right):
                return neverMatches(
                    "“\(Printable(item, limit: 100))” never matches: exim compares 64 upper-case digits without colons", item, right)
            case .noCertificate(let digits):
                return Finding(
                    .error, "digest-of-no-certificate", "the list holds \(digits), the digest of no certificate",
                    "where the ACL does not check that there is a certificate, everybody may relay",
                    mend: inFile(item)
                        ? "`sed -i 's/\(item)/ /' \(file)`, then \(mend.reload)" : "remove it, then \(mend.reload)")
            case .notAFingerprint:
                return neverMatches("“\(Printable(item, limit: 100))” never matches: it is not 64 hexadecimal digits", item, nil)
            }
        }
    }

    private func neverMatches(_ problem: String, _ item: String, _ right: String?) -> Finding {
        let edit: String
        if let right, inFile(item) {
            edit = "`sed -i 's/\(item)/\(right)/' \(file)`, then \(mend.reload)"
        } else if inFile(item), item.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ":") }) {
            edit = "ask for the whole fingerprint; until then remove it: `sed -i 's/\(item)/ /' \(file)`, then \(mend.reload)"
        } else {
            edit = "correct it, or remove it, then \(mend.reload)"
        }
        return Finding(
            .error, "never-matches", problem, "that client cannot relay, and trustctl refuses to change the list", mend: edit)
    }

    /// Whether the file holds exactly this text once.
    private func inFile(_ item: String) -> Bool {
        String(decoding: bytes ?? [], as: UTF8.self).split(separator: item, omittingEmptySubsequences: false).count == 2
    }

    /// Whether Exim trusts what the file says.
    private var effect: [Finding] {
        guard value != nil else {
            return [
                Finding(
                    .error, "list-not-in-effect", "exim knows no \(ListForm.macroName): its configuration does not include \(file)",
                    "no client can relay by certificate, whatever is approved",
                    mend: DebianConfiguration.generates(mend.main)
                        ? "`trustctl setup`"
                        : "`.include \(file)` in \(mend.main), before the ACLs (or `trustctl setup`); then \(mend.reload)")
            ]
        }
        guard let listed, let content = trusted else { return [] }
        guard let trusted = content.listed, form == .macro else {
            guard case (.folder(let path), .folder(let named)?) = (content, form), path == named else { return [otherForm(content)] }
            return []
        }
        if trusted == listed { return [] }
        let extra = trusted.subtracting(listed)
        let lacking = listed.subtracting(trusted)
        let words =
            [
                extra.isEmpty ? nil : "it trusts \(Self.names(extra)), which \(extra.count == 1 ? "is" : "are") not in it",
                lacking.isEmpty ? nil : "it does not trust \(Self.names(lacking)), which \(lacking.count == 1 ? "is" : "are")",
            ].compactMap { $0 }.joined(separator: "; ")
        return [
            Finding(
                .error, "list-overridden", "exim does not trust what \(file) says: \(words)",
                "what is revoked may still relay, and what is approved may not",
                mend: DebianConfiguration.generates(mend.main)
                    ? "`update-exim4.conf`; when that does not help, remove the other definition of \(ListForm.macroName); then \(mend.reload)"
                    : "remove the other definition of \(ListForm.macroName) (`grep -rn \(ListForm.macroName) \(mend.main) …`); then \(mend.reload)"
            )
        ]
    }

    private func otherForm(_ content: ListContent) -> Finding {
        let place = if case .folder(let path) = content { "looks into the folder \(path)" } else { "has a list of its own" }
        return Finding(
            .error, "list-overridden", "exim does not trust what \(file) says: it \(place)",
            "what is revoked may still relay, and what is approved may not",
            mend: "remove the other definition of \(ListForm.macroName); then \(mend.reload)")
    }

    /// A macro of so many fingerprints that a folder would be better.
    private var long: [Finding] {
        guard form == .macro, canHaveFolder, let listed, listed.count > Self.many else { return [] }
        return [
            Finding(
                listed.count > Self.tooMany ? .warning : .note, "list-long", "the list holds \(listed.count) certificates",
                "exim searches it at each recipient, and reads it at each reload", mend: "`trustctl setup --list folder`")
        ]
    }

    /// From here on a recipient costs more than 0.3 ms (measured with Exim 4.96), and more than 2 ms.
    private static let many = 500
    private static let tooMany = 10_000

    private static func names(_ fingerprints: Set<Fingerprint>) -> String {
        let shown = fingerprints.sorted().prefix(3).map(\.description).joined(separator: ", ")
        return fingerprints.count > 3 ? "\(shown) and \(fingerprints.count - 3) more" : shown
    }
}
