import EximControl
import SystemPackage
import TrustCore

/// Judges what Exim says about itself.
struct EximFindings {
    let answers: EximAnswers
    let mend: Remedies
    /// Whether `log` in trustd.conf names a file that is there and does not belong to Exim: syslog may write Exim's lines into it.
    let isLoggedBySyslog: Bool

    /// The oldest version with which the ACLs and these checks were tried.
    private static let oldest = (4, 96)

    /// The clients that may resume a TLS session; not set: none.
    static let resumptionOption = "tls_resumption_hosts"

    /// The options that `exim -bP` is asked for.
    static let options = [
        "configure_file", "exim_user", "exim_group", "log_file_path", "pid_file_path", "primary_hostname", "qualify_domain",
        "spool_directory",
        WayOfTrust.directoryOption, resumptionOption,
    ]

    var findings: [Finding] {
        var findings: [Finding] = []
        let numbers = answers.version.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        if numbers.count == 2, (numbers[0], numbers[1]) < Self.oldest {
            findings.append(
                Finding(
                    .error, "exim-too-old", "exim is version \(Printable(answers.version, limit: 40)), older than 4.96",
                    "trustd was never tried with its ACLs and logs, and it gets no security fixes", mend: "install a newer exim"))
        }
        if answers.library == .none {
            findings.append(
                Finding(
                    .error, "exim-without-tls", "exim is built without TLS", "no client can show a certificate",
                    mend: "install one with TLS, on Debian exim4-daemon-light or -heavy"))
        }
        if log == nil, !isLoggedBySyslog {
            findings.append(
                Finding(
                    .error, "log-to-syslog-only",
                    "exim writes its log only to syslog: log_file_path = \(Printable(answers["log_file_path"] ?? ""))",
                    "trustd follows a file, so new clients never appear in the queue",
                    mend: mend.option(
                        "log_file_path = /var/log/exim/%slog : syslog", debian: "LOG_FILE_PATH = /var/log/exim4/%slog : syslog")))
        }
        return findings
    }

    /// The main log as trustd.conf names it, with `%D` and `%M` where Exim has them; nil when there is only syslog.
    var log: FilePath? {
        var items = (answers["log_file_path"] ?? "").split(separator: ":", omittingEmptySubsequences: false).map { $0.trimmed }
        items.removeAll { $0 == "syslog" }
        if let path = items.first(where: { $0.hasPrefix("/") }) { return FilePath(String(path).replacing("%s", with: "main")) }
        // An empty item, or an empty list, is Exim's default.
        guard !items.isEmpty, let spool = answers["spool_directory"] else { return nil }
        return FilePath(spool).appending("log/mainlog")
    }

    /// Domains for which this relay probably takes mail.
    var domains: [String] {
        var domains: [String] = []
        for domain in [answers["qualify_domain"], answers["primary_hostname"]].compactMap({ $0 }) where !domains.contains(domain) {
            domains.append(domain)
        }
        return domains
    }
}
