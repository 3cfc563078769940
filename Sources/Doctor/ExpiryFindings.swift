import Certificates
import Host
import Trust
import TrustCore

/// Judges the dates of the approved certificates that are known.
struct ExpiryFindings {
    let approved: [Record]
    let now: Timestamp

    var findings: [Finding] {
        var (expired, expiring, future, reversed): ([Finding], [Finding], [Finding], [Finding]) = ([], [], [], [])
        let sorted = approved.sorted { $0.fingerprint < $1.fingerprint }
        for record in sorted {
            guard let outline = record.outline else { continue }
            let name = "\(Printable(record.name, limit: 64))"
            let mend = "ask its owner for a new one, approve that, then `trustctl revoke \(record.fingerprint) --only`"
            let left = outline.notAfter.seconds - now.seconds
            if outline.notAfter < outline.notBefore {
                // The attack: see `Certificate.isNeverValid`. `approve` refuses it; the list may have it from elsewhere.
                reversed.append(
                    Finding(
                        .error, "approved-never-valid", "the certificate of \(name) is approved, but ends before it begins",
                        "exim may take its end for one after 2106, and this client can relay for ever",
                        mend: "`trustctl revoke \(record.fingerprint)`"))
            } else if left <= 0 {
                expired.append(
                    Finding(
                        .warning, "approved-expired", "the certificate of \(name) is approved, but expired on \(outline.notAfter.day)",
                        "this client can no longer relay", mend: mend))
            } else if now < outline.notBefore {
                future.append(
                    Finding(
                        .warning, "approved-not-yet-valid",
                        "the certificate of \(name) is approved, but is not valid before \(outline.notBefore)",
                        "until then this client cannot relay", mend: mend))
            } else if left <= Int64(CertificateWarning.soon) * 86_400 {
                expiring.append(
                    Finding(
                        .warning, "approved-expires", "the certificate of \(name) is approved, and expires on \(outline.notAfter.day)",
                        "from then on this client cannot relay", mend: mend))
            }
        }
        return ends(sorted) + reversed.summed("approved certificates end before they begin")
            + expired.summed("approved certificates have expired")
            + future.summed("approved certificates are not valid yet")
            + expiring.summed("approved certificates expire within \(CertificateWarning.soon) days")
    }

    /// Those whose approval has an end. Exim knows none: `trustctl expire` takes them out.
    private func ends(_ approved: [Record]) -> [Finding] {
        let ending = approved.filter { $0.terms.until != nil }
        let over = ending.filter { $0.isPastItsEnd(at: now) }.map { record in
            Finding(
                .error, "approval-over",
                "the approval of \(Printable(record.name, limit: 64)) ended on \(record.terms.until?.day ?? "?"), and it is STILL TRUSTED",
                "this client relays on", mend: "`trustctl expire`, or `trustctl approve \(record.fingerprint) --until DATE`")
        }
        let isTimed = ending.isEmpty || Systemd.isEnabled(timer: LocalTrust.expiryTimer)
        return over.summed("approvals have ended, and are STILL TRUSTED")
            + (isTimed
                ? []
                : [
                    Finding(
                        .warning, "approvals-not-ended",
                        "\(ending.count) approved have an end, and \(LocalTrust.expiryTimer) is not enabled",
                        "they are trusted until somebody runs `trustctl expire`",
                        mend: "systemctl enable --now \(LocalTrust.expiryTimer)")
                ])
    }
}
