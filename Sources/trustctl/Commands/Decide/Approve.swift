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
    @OptionGroup var terms: TermsOptions
    @Option(
        help: ArgumentHelp(
            "The approved certificate in whose place it comes: that one is no longer trusted, and its label, end and note go to this one.",
            valueName: "old"), completion: Candidates.approved)
    var replaces: String?
    @Flag(help: "All that renew an approved one: the same key and subject, signed by that key. They inherit its label.")
    var renewals = false
    @Flag(name: .customLong("install-ca"), help: "Install a CA:TRUE certificate even where other programs would trust it.") var installCA =
        false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard !renewals || fingerprints.isEmpty && certificate == nil && label == nil && replaces == nil && terms.areEmpty else {
            throw ValidationError("--renewals takes no fingerprint, and no other option about a certificate")
        }
        guard !fingerprints.isEmpty || certificate != nil || renewals else { throw ValidationError("Missing expected argument '<fp> ...'") }
        guard fingerprints.count <= 1 || certificate == nil && label == nil && replaces == nil && terms.note == nil else {
            throw ValidationError("--certificate, --label, --note and --replaces go with one fingerprint")
        }
        if let label, let fault = Label.fault(of: label) { throw ValidationError("--\(fault)") }
    }

    func run() throws {
        if renewals {
            try Change(common, change, fleet).carryOut(.renewals(reason: change.reason))
            return
        }
        let change = try Change(common, change, fleet)
        let file = try certificate.map { try CertificateArgument.read($0, for: nil) }
        var approval = Self.request(
            fingerprints, file: file, label: label, until: terms.end(now: .now), note: .given(terms.note), replacing: replaces,
            reason: self.change.reason)
        approval.allowsCA = installCA
        try change.carryOut(approval)
    }

    /// `old` is no longer trusted, and what is kept of the terms is its.
    static func request(
        _ fingerprints: [String], file: Certificate? = nil, label: String?, until: Setting<Timestamp> = .kept,
        note: Setting<String> = .kept, replacing old: String? = nil, reason: String? = nil
    ) -> Request {
        var approval = Request(.approve, reason: reason) { register throws(Failure) in
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
            let replaced = try old.map { text throws(Failure) in try Self.replaced(text, by: wanted, in: register) }
            if let label, let other = register.approved(as: label).first(where: { !wanted.contains($0) && $0 != replaced?.fingerprint }) {
                throw Failure("the label “\(label)” is taken by \(other)", .usage, hint: "choose another one")
            }
            guard let replaced else {
                return wanted.map {
                    TrustPlan.Wish(fingerprint: $0, after: .approved, label: .given(label), until: until, note: note)
                }
            }
            let terms = Terms(
                label: label ?? replaced.label, until: until.applied(to: replaced.terms.until), note: note.applied(to: replaced.terms.note))
            return wanted.map { .restored($0, terms) } + [
                .takenOut(replaced.fingerprint, register)
            ]
        }
        approval.replaces = old != nil
        return approval
    }

    private static func replaced(_ text: String, by wanted: [Fingerprint], in register: Register) throws(Failure) -> Record {
        let record = register[try FingerprintReference.resolve(text, in: register)]
        guard !wanted.contains(record.fingerprint) else {
            throw Failure("a certificate cannot replace itself; nothing has changed", .usage)
        }
        guard record.state == .approved else {
            throw Failure(
                "refused: nothing has changed: \(record.fingerprint) is not approved, so nothing can replace it", .refused,
                hint: "approve the new one without --replaces")
        }
        return record
    }
}
