import ArgumentParser
import Glibc
import SystemPackage
import TrustCore

struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows all that is known about a certificate.")

    @Argument(help: fingerprintHelp) var fingerprint: String
    @Option(help: ArgumentHelp("The certificate itself, in PEM or DER.", valueName: "file")) var certificate: String?
    @OptionGroup var common: CommonOptions

    func run() throws {
        var register = try Session(config: common.config).look()
        try register.requireQueue()
        let fingerprint = try FingerprintReference.resolve(fingerprint, in: register)
        if let certificate { register.know(try CertificateArgument.read(certificate, for: fingerprint)) }
        let record = register[fingerprint]
        guard record.state != .none || record.outline != nil || record.decision != nil else {
            throw Failure("\(fingerprint) is not known here", .noSuchEntry, hint: "`trustctl list --state all` shows what is")
        }
        let warnings = Warnings(register)
        if common.json { return Output.write(JSON.text(EntriesDocument(entries: [.init(record: record, warnings: warnings)]))) }
        Output.write(Card(record, warnings, style: Style(for: STDOUT_FILENO)).text)
    }
}

/// A certificate that the operator names as a file.
enum CertificateArgument {
    /// The certificate in the file, whose fingerprint must be `fingerprint` when that is given.
    static func read(_ path: String, for fingerprint: Fingerprint?) throws(Failure) -> Certificate {
        let bytes: [UInt8]?
        do { bytes = try LocalFileSystem().contents(of: Ownership.resolve(FilePath(path))) } catch {
            throw Failure(error.description, error.isNotPermitted ? .notPermitted : .refused)
        }
        let certificate: Certificate
        guard let bytes else { throw Failure(SystemError("open", FilePath(path), code: ENOENT).description, .refused) }
        do { certificate = try Certificate.read(file: bytes, name: path) } catch {
            throw Failure(error.description, .refused, hint: error.hint)
        }
        if let fingerprint, fingerprint != certificate.fingerprint {
            throw Failure(
                "\(Printable(path)) holds the certificate \(certificate.fingerprint), not \(fingerprint)", .refused,
                hint: "the owner may have made a new one: look at both with `trustctl show`")
        }
        return certificate
    }
}
