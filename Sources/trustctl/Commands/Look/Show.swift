import ArgumentParser
import Certificates
import EximControl
import FleetHost
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows all that is known about a certificate, or this relay's own.")

    @Argument(help: fingerprintHelp, completion: Candidates.waiting) var fingerprint: String?
    @Flag(help: "Show the certificate that clients of this relay see, asked of the running Exim.") var own = false
    @Option(help: ArgumentHelp("The certificate, in PEM or DER.", valueName: "file"), completion: .file()) var certificate: String?
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard own || fingerprint != nil else { throw ValidationError("Missing expected argument '<fp>'") }
        guard !own || fingerprint == nil && certificate == nil else {
            throw ValidationError("--own takes no fingerprint and no certificate")
        }
    }

    func run() throws {
        guard let name = fingerprint else { return try showOwn() }
        let local = try LocalTrust(config: common.config, progress: Terminal.progress)
        var reading = FleetReading()
        var register = try local.lookWithFleet(recovering: true, &reading)
        try register.requireQueue()
        let fingerprint = try FingerprintReference.resolve(name, in: register)
        if let certificate { register.know(try CertificateArgument.read(certificate, for: fingerprint)) }
        let record = register[fingerprint]
        guard record.state != .none || record.outline != nil || record.last != nil || record.isRevoked || record.waysIn?.isRevoked == true
        else {
            throw Failure("\(fingerprint) is not known here", .noSuchEntry, hint: "`trustctl list --state all` shows what is known")
        }
        let warnings = Warnings(register, of: [record])
        let card = Card(record, warnings, style: Style(for: STDOUT_FILENO)).text
        let fleet = common.json ? try? FleetWords(local, &reading) : nil
        Terminal.show(Answer(EntriesDocument(entries: [.init(record, warnings, fleet: fleet)]), [.text(card)]), json: common.json)
    }

    private func showOwn() throws(Failure) {
        guard geteuid() == 0 else {
            throw Failure("only root can see which process is the running exim", .notPermitted, hint: "sudo trustctl show --own")
        }
        let local = try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json))
        Terminal.show(OwnReport(own: try local.own()).answer, json: common.json)
    }
}

extension LocalTrust {
    /// What the running Exim shows.
    func own() throws(Failure) -> OwnCertificate {
        let exim: LocalExim
        do throws(EximError) { exim = try self.exim() } catch { throw Failure(error) }
        return try OwnCertificate(exim, configuration)
    }
}
