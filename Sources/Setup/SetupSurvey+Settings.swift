import Certificates
import EximControl
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

extension SetupSurvey {
    /// What trustd.conf must say here. A key that somebody has written there himself stays his: when it is wrong, he is told.
    func settingsKeys(_ facts: SetupFacts, _ answers: EximAnswers) throws(Failure) -> SettingsBlock {
        var block = SettingsBlock()
        let text = String(decoding: try base(settings.filePath) ?? [], as: UTF8.self)
        let bare: Configuration
        do { bare = try Configuration(parsing: text, file: settings.filePath) } catch { throw Failure(error.description, .notSound) }
        let written = Set(
            text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
                guard !line.trimmed.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { return nil }
                return String(line[..<equals].trimmed)
            })
        func set(_ key: String, _ value: FilePath, now: FilePath) throws(Failure) {
            guard ResolvedPath(orAsWritten: now) != ResolvedPath(orAsWritten: value) else { return }
            guard !written.contains(key) else {
                throw Failure(
                    "\(settings) says \(key) = \(now), and exim has \(value)", .notSound,
                    hint: "write `\(key) = \(value)` there, then repeat the command")
            }
            block.settings.append((key, value.string))
        }
        if let definition = facts.definition { try set("list", definition, now: bare.list) }
        if case .works(let way, _) = facts.practice, way.needsInstallation, let place = facts.verifyCertificates, place.hasPrefix("/"),
            !place.contains("$")
        {
            try set("certificates", FilePath(place), now: bare.certificates)
        } else if let own = ownDirectory(facts) {
            try set("certificates", own, now: bare.certificates)
        }
        let logs = answers["log_file_path"] ?? answers["spool_directory"].map { "\($0)/log/%slog" }
        switch SettingsBlock.log(of: logs) {
        case .file(let log) where !bare.logs.contains(FilePath(log)): block.settings.append(("log", log))
        case .file: break
        case .syslogOnly:
            throw Failure(
                "exim logs to syslog only, and trustd follows a file", .notSound,
                hint: "write `log_file_path = /var/log/exim4/%slog : syslog` into Exim's main section")
        case .notUnderstood:
            progress.note("warning: exim's log_file_path is “\(Printable(logs ?? "", limit: 100))”: say `log` in \(settings)")
        }
        return block
    }

    /// The administrator's own directory, when there is one that only serves this.
    func ownDirectory(_ facts: SetupFacts) -> FilePath? {
        guard facts.setOptions.contains(SetupFacts.verify), let value = facts.verifyCertificates, value.hasPrefix("/"),
            !value.contains("$"), !value.hasPrefix("/etc/ssl")
        else { return nil }
        return (try? Folder(FilePath(value), followingLink: true)) != nil ? FilePath(value) : nil
    }

    func settingsFile(_ block: SettingsBlock) throws(Failure) -> WantedFile? {
        block.file(settings.filePath, base: try base(settings.filePath))
    }

    /// A certificate for Exim, where it has none: without one there is no TLS, and without TLS no client shows anything.
    func ownCertificate(_ places: SetupPlaces, host: String) throws(Failure) -> [WantedFile] {
        // Made once: a second plan of the same change, and a later setup, must come to the same bytes.
        if let certificate = record?[places.certificate], let key = record?[places.key] {
            return [certificate, key].map { entry in
                WantedFile(path: entry.file, base: nil, after: Array(entry.after), purpose: entry.purpose, isSecret: entry.isSecret)
            }
        }
        do throws(OpenSSLError) {
            let key = try PrivateKey()
            let isName = !host.isEmpty && host.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            let draft = CertificateDraft(
                .server, commonName: String(host.prefix(64)), alternativeNames: isName ? [.dns(host)] : [], days: 3_650)
            return [
                WantedFile(
                    path: places.certificate, base: nil, after: Array(try draft.selfSigned(with: key).pemText.utf8),
                    purpose: "Exim's own certificate, for TLS: it has none"),
                WantedFile(
                    path: places.key, base: nil, after: try key.pem(), purpose: "the key of it, for root and Exim's group", isSecret: true),
            ]
        } catch { throw Failure(error.description, .notSound) }
    }
}
