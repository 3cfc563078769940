import ArgumentParser
import Authority
import Certificates
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct AuthoritySign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Issues certificates by your own CA.",
        discussion: """
            A certificate in the queue is the request: TLS has shown that its client has the key. Exim hands the new one over when that client \
            comes again, and `client check` and `client join` take it. With --request a file is the request (PKCS#10), and its owner gets the \
            certificate from you. What a client calls itself is not taken over. Standard output is the certificates, in PEM.
            """)

    @Argument(help: fingerprintHelp, completion: Candidates.pending) var fingerprints: [String] = []
    @Option(help: ArgumentHelp("A certificate request, in PEM or DER.", valueName: "file"), completion: .file()) var request: String?
    @Option(
        help: ArgumentHelp("What the certificate says of its client; by default the label, or digits of its key.", valueName: "name"))
    var name: String?
    @Option(help: ArgumentHelp("How many days it is valid.", valueName: "days")) var days = 90
    @OptionGroup var key: AuthorityKeyOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard fingerprints.isEmpty != (request == nil) else { throw ValidationError("Give fingerprints, or --request FILE") }
        guard (1...SigningOrder.longest).contains(days) else { throw ValidationError("--days takes 1 to \(SigningOrder.longest)") }
        guard name == nil || fingerprints.count <= 1 else { throw ValidationError("--name goes with one fingerprint") }
        if let name, let fault = Label.fault(of: name) { throw ValidationError("--name: a \(fault)") }
        if let name, name.utf8.count > 64 { throw ValidationError("--name takes at most 64 bytes") }
        guard request != "-" else { throw ValidationError("--request takes a file") }
    }

    func run() throws {
        let local = try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
        try local.checkMayChange()
        let register = try local.look(recovering: !change.dryRun)
        let order = SigningOrder(try wanted(register), days: days, reason: change.reason)
        let authority = OwnAuthority(local)
        if change.dryRun {
            return Terminal.show(AuthorityReport.dry(order, try authority.certificate()), json: common.json)
        }
        show(order, register)
        let signer = try key.signer(authority)
        let proposal = try SigningProposal(order, by: signer, local)
        Confirmation.tell(proposal.cautions)
        try Confirmation(assumeYes: change.yes).ask(
            order.wanted.count == 1 ? "Sign a certificate for this key?" : "Sign certificates for these \(order.wanted.count) keys?")
        let outcome = try Decider(local).carryOut(proposal, by: .current, waiting: change.lock.wait)
        guard let plan = outcome.plan else { return }
        Terminal.show(
            AuthorityReport.signed(plan, notes: proposal.cautions + outcome.notes, told: proposal.cautions.count), json: common.json)
    }

    private func wanted(_ register: Register) throws(Failure) -> [SigningOrder.Wanted] {
        guard let request else {
            try register.requireQueue()
            return try FingerprintReference.resolve(fingerprints, in: register).map { fingerprint throws(Failure) in
                try SigningOrder.Wanted(fingerprint, in: register, label: name)
            }
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            let found = try LocalFileSystem(limit: Certificate.maximumFileSize + 1).contents(of: ResolvedPath(FilePath(request)).filePath)
            guard let found else { throw SystemError("open", FilePath(request), code: 2) }
            bytes = found
        } catch { throw Failure(error.description, error.isNotPermitted ? .notPermitted : .refused) }
        do { return [SigningOrder.Wanted(try RequestedKey(request: bytes), for: nil, label: name)] } catch {
            throw Failure("refused: nothing was signed: \(Printable(request, limit: 200)): \(error)", .refused, hint: error.hint)
        }
    }

    /// Whom the certificates are for: a person compares.
    private func show(_ order: SigningOrder, _ register: Register) {
        let style = Style(for: STDERR_FILENO)
        let records = order.wanted.compactMap(\.shown).map { register[$0] }
        let warnings = Warnings(register, of: records)
        for wanted in order.wanted where wanted.shown == nil {
            Output.tell("key            \(wanted.key.key), SHA-256 \(wanted.key.spkiSHA256)\n\n")
        }
        for wanted in order.wanted { Output.tell("the certificate will say CN=\(Printable(wanted.name, limit: 80)), for \(days) days\n\n") }
        // What two people compare stands directly above the question.
        for record in records {
            let card = Card(record, warnings, style: style)
            Output.tell(card.facts + "\n" + card.identity)
        }
    }
}
