import Host
import SystemPackage
import Trust
import TrustCore

/// Whether the trust list is what it seems: what Exim trusts, what the file says, what the ledger says. Pure.
struct ListFindings {
    /// Exim's value of the macro; nil when it knows none.
    let value: String?
    let file: FilePath
    /// The file's bytes; nil when there is none.
    let bytes: [UInt8]?
    /// What trustctl reads in the file; nil when it does not understand it.
    let listed: Set<Fingerprint>?
    /// Why it does not.
    let misunderstanding: Failure?
    let ledger: Ledger?
    let mend: Mend

    var findings: [Finding] {
        guard bytes != nil else {
            return [
                Finding(
                    .error, "list-missing", "\(file) is missing", "trustctl can approve nothing",
                    mend: "`echo 'RELAY_FROM_CERTS =' >\(file)`, and include it in exim's configuration")
            ]
        }
        var findings = items
        if let misunderstanding, findings.isEmpty {
            findings.append(
                Finding(
                    .error, "list-not-understood", misunderstanding.messages.joined(separator: "; "),
                    "trustctl can approve and revoke nothing",
                    mend: misunderstanding.hint ?? "correct that line; see trustd.conf(5), `list`"))
        }
        return findings + effect + byHand
    }

    /// Everything in Exim's value that is not a fingerprint as `inlist` compares it.
    private var items: [Finding] {
        guard let value, !value.contains("$") else { return [] }
        var findings: [Finding] = []
        for item in Self.joined(value) {
            do { _ = try Fingerprint(exactly: item.utf8) } catch {
                if case .success = Result(catching: { () throws(FingerprintError) in try Fingerprint(item) }) {
                    let right = String(decoding: Fingerprint.hexDigits(of: item), as: UTF8.self)
                    findings.append(
                        neverMatches(
                            "“\(Printable(item, limit: 100))” never matches: exim compares 64 upper-case digits without colons", item, right
                        ))
                } else if let poison = Self.poison(item) {
                    findings.append(
                        Finding(
                            .error, "digest-of-no-certificate", "the list holds \(poison), the digest of no certificate",
                            "where the ACL does not look whether there is a certificate, everybody may relay",
                            mend: inFile(item) ? "`sed -i 's/\(item)/ /' \(file)`, then \(mend.reload)" : "take it out, then \(mend.reload)"
                        ))
                } else {
                    findings.append(
                        neverMatches("“\(Printable(item, limit: 100))” never matches: it is not 64 hexadecimal digits", item, nil))
                }
            }
        }
        return findings
    }

    private func neverMatches(_ problem: String, _ item: String, _ right: String?) -> Finding {
        let edit: String
        if let right, inFile(item) {
            edit = "`sed -i 's/\(item)/\(right)/' \(file)`, then \(mend.reload)"
        } else if inFile(item), item.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ":") }) {
            edit = "ask for the whole fingerprint; until then take it out: `sed -i 's/\(item)/ /' \(file)`, then \(mend.reload)"
        } else {
            edit = "correct it, or take it out, then \(mend.reload)"
        }
        return Finding(
            .error, "never-matches", problem, "the client that is meant cannot relay, and trustctl refuses to change the list", mend: edit)
    }

    /// Whether exactly this stands in the file, and once.
    private func inFile(_ item: String) -> Bool {
        String(decoding: bytes ?? [], as: UTF8.self).split(separator: item, omittingEmptySubsequences: false).count == 2
    }

    /// The items, as Exim takes the value apart; what was one fingerprint with colons before it did is put together again.
    static func joined(_ value: String) -> [String] {
        var items: [String] = []
        var pairs: [String] = []
        func flush() {
            // 32 pairs are a digest; fewer are just that many wrong items.
            if pairs.count >= 16 { items.append(pairs.joined(separator: ":")) } else { items += pairs }
            pairs = []
        }
        for part in value.split(separator: ":", omittingEmptySubsequences: true) {
            let text = part.trimmed
            guard !text.isEmpty else { continue }
            if text.count == 2, text.allSatisfy(\.isHexDigit) {
                pairs.append(String(text))
                if pairs.count == 32 { flush() }
            } else {
                flush()
                items.append(String(text))
            }
        }
        flush()
        return items
    }

    /// The digits, when the item is a digest of no certificate in any spelling.
    private static func poison(_ item: String) -> String? {
        do {
            _ = try Fingerprint(item)
            return nil
        } catch .noCertificate { return String(decoding: Fingerprint.hexDigits(of: item), as: UTF8.self) } catch { return nil }
    }
}
