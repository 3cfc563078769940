import ArgumentParser
import Certificates
import EximControl
import Host
import Trust
import TrustCore

struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Lets certificates relay: adds them to the trust list and reloads Exim.",
        discussion: "Also takes a whole fingerprint that was never seen, or only a certificate file.")

    @Argument(help: fingerprintHelp, completion: Candidates.pending) var fingerprints: [String] = []
    @Option(help: ArgumentHelp("The certificate, in PEM or DER.", valueName: "file"), completion: .file()) var certificate: String?
    @Option(help: ArgumentHelp("A name by which other commands find it.", valueName: "name")) var label: String?
    @Flag(help: "All that renew an approved one: the same key and subject, signed by that key. They inherit its label.")
    var renewals = false
    @Flag(name: .customLong("install-ca"), help: "Install a CA:TRUE certificate even where other programs would trust it.") var installCA =
        false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !renewals || fingerprints.isEmpty && certificate == nil && label == nil else {
            throw ValidationError("--renewals takes no fingerprint, certificate or label")
        }
        guard !fingerprints.isEmpty || certificate != nil || renewals else { throw ValidationError("Missing expected argument '<fp> ...'") }
        guard fingerprints.count <= 1 || certificate == nil && label == nil else {
            throw ValidationError("--certificate and --label go with one fingerprint")
        }
        if let label { try LabelArgument.check(label) }
    }

    func run() throws {
        if renewals {
            try Change(common, change).carryOut(.renewals(reason: change.reason))
            return
        }
        let change = try Change(common, change)
        let file = try certificate.map { try CertificateArgument.read($0, for: nil) }
        var approval = Self.request(fingerprints, file: file, label: label, reason: self.change.reason)
        approval.allowsCA = installCA
        try change.carryOut(approval)
    }

    static func request(_ fingerprints: [String], file: Certificate? = nil, label: String?, reason: String? = nil) -> Request {
        Request(.approve, reason: reason) { register throws(Failure) in
            var wanted = try FingerprintReference.resolve(fingerprints, in: register)
            if let file {
                if let given = wanted.first, given != file.fingerprint {
                    throw Failure(
                        "the file holds the certificate \(file.fingerprint), not \(given)", .refused,
                        hint: "the owner may have made a new certificate: compare both with `trustctl show`")
                }
                wanted = [file.fingerprint]
                register.know(file)
            }
            if let label, let other = register.approved(as: label).first(where: { !wanted.contains($0) }) {
                throw Failure("the label “\(label)” is taken by \(other)", .usage, hint: "choose another one")
            }
            return wanted.map { TrustPlan.Wish(fingerprint: $0, after: .approved, label: label) }
        }
    }
}
