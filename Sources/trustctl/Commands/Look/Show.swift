import ArgumentParser
import Certificates
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows all that is known about a certificate.")

    @Argument(help: fingerprintHelp) var fingerprint: String
    @Option(help: ArgumentHelp("The certificate, in PEM or DER.", valueName: "file")) var certificate: String?
    @OptionGroup var common: CommonOptions

    func run() throws {
        var register = try LocalTrust(config: common.config, progress: Terminal.progress).look()
        try register.requireQueue()
        let fingerprint = try FingerprintReference.resolve(fingerprint, in: register)
        if let certificate { register.know(try CertificateArgument.read(certificate, for: fingerprint)) }
        let record = register[fingerprint]
        guard record.state != .none || record.outline != nil || record.last != nil else {
            throw Failure("\(fingerprint) is not known here", .noSuchEntry, hint: "`trustctl list --state all` shows what is known")
        }
        let warnings = Warnings(register, of: [record])
        let card = Card(record, warnings, style: Style(for: STDOUT_FILENO)).text
        Terminal.show(Answer(EntriesDocument(entries: [.init(record, warnings)]), [.text(card)]), json: common.json)
    }
}
