import ArgumentParser
import Certificates
import Client
import Glibc
import Host
import TrustCore

struct ClientPin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Stores the relay's certificate, after you have compared it.",
        discussion: """
            Connects with STARTTLS, or on port 465 with TLS from the first byte, and shows the certificate. The relay's operator knows its
            fingerprint: `openssl x509 -in CERTIFICATE -noout -fingerprint -sha256`. Exit status 11 when it is not the expected one.
            """)

    @OptionGroup var target: RelayOptions
    @Option(help: ArgumentHelp("The expected fingerprint, in any usual spelling; then no question is asked.", valueName: "fp"))
    var fingerprint: String?
    @Option(
        help: ArgumentHelp("The expected certificate, in PEM or DER; then no question is asked.", valueName: "file"), completion: .file())
    var expectFrom: String?
    @Flag(help: "Replace the certificate that is pinned.") var replace = false
    @OptionGroup var client: ClientOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard fingerprint == nil || expectFrom == nil else { throw ValidationError("Give --fingerprint or --expect-from") }
    }

    func run() throws {
        let relay = try target.name()
        let folder = try client.folder()
        let expected = try expected()
        let pinned = try folder.pins.certificate(of: relay)
        let shown = try look(relay)
        if let expected, expected != shown.fingerprint {
            throw Self.differs("\(relay) is not the relay that was expected", "expected", expected, shown.fingerprint, hint: nil)
        }
        if let pinned, pinned.fingerprint == shown.fingerprint {
            return Terminal.show(ClientReport().pinned(shown, relay, in: folder, isNew: false), json: common.json)
        }
        if let pinned, !replace {
            throw Self.differs(
                "\(relay) is not the pinned relay: somebody may be between you and it, or it has a new certificate", "pinned",
                pinned.fingerprint, shown.fingerprint,
                hint: "ask its operator; if he confirms the new one, compare it and use --replace")
        }
        try confirm(shown, relay, isExpected: expected != nil, replacing: pinned)
        try folder.pins.pin(shown, for: relay, replacing: pinned != nil)
        Terminal.show(ClientReport().pinned(shown, relay, in: folder, isNew: true), json: common.json)
        if pinned != nil { Terminal.note("if a mail program was set up for this relay, repeat `trustctl client setup \(relay)`") }
    }

    private func expected() throws(Failure) -> Fingerprint? {
        if let expectFrom { return try CertificateArgument.read(expectFrom, for: nil).fingerprint }
        guard let fingerprint else { return nil }
        do { return try Fingerprint(fingerprint) } catch { throw Failure(error.description, .refused) }
    }

    private func look(_ relay: RelayName) throws(Failure) -> Certificate {
        do throws(RelayError) { return try RelayVisit.certificate(of: relay, implicit: target.isImplicit(relay)) } catch {
            throw Failure(error)
        }
    }

    private func confirm(_ shown: Certificate, _ relay: RelayName, isExpected: Bool, replacing old: Certificate?) throws(Failure) {
        let style = Style(for: STDERR_FILENO)
        if let old { Output.tell("pinned until now:\n\n" + FingerprintLines(old.fingerprint, style: style).text + "\n") }
        Output.tell("\(relay) shows this certificate:\n\n" + CertificateCard(certificate: shown, style: style).text + "\n")
        if isExpected { return }
        Output.tell(
            "Anybody between you and the relay could show a certificate. Check all 64 digits, or all the words,\nwith the relay's operator over another channel (phone, in person).\n\n"
        )
        guard isatty(STDIN_FILENO) != 0 else {
            throw Failure("there is no terminal to ask on; nothing is pinned", .usage, hint: "use --fingerprint FP or --expect-from FILE")
        }
        Output.tell("Is this the relay's certificate? [y/N] ")
        let answer = readLine()?.trimmed.lowercased()
        guard answer == "y" || answer == "yes" else { throw Failure("cancelled; nothing is pinned", .refused) }
    }

    private static func differs(_ what: String, _ name: String, _ one: Fingerprint, _ shown: Fingerprint, hint: String?) -> Failure {
        Failure(messages: [what, "\(name): \(one)", "it shows: \(shown)"], hint: hint, exit: .anotherRelay)
    }
}
