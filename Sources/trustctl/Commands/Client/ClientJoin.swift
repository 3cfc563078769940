import ArgumentParser
import Certificates
import Client
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct ClientJoin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Joins the relay that has invited you, by the code that its operator gave you.",
        discussion: """
            Asks for the code. Knows the relay by it, makes a key with a certificate that proves that you have the code, pins the relay, and \
            asks it until it relays. `join CODE RELAY` works too, but leaves the code in the shell's history. Exit statuses are those of \
            `client check`.
            """)

    @Argument(help: ArgumentHelp("The relay's name or address; port 25 unless another one is given.", valueName: "relay[:port]"))
    var words: [String]
    @Flag(help: "TLS from the first byte, as on port 465, and not STARTTLS.") var implicitTls = false
    @Option(help: ArgumentHelp("Read the code from this file; - is standard input.", valueName: "file")) var codeFile: String?
    @Option(help: ArgumentHelp("How long to wait until the relay has let it in.", valueName: "time")) var wait = TimeSpan(seconds: 300)
    @Flag(help: "Also have this host send its mail to that relay, as `client setup` does.") var setup = false
    @Flag(help: "Do not ask before files are changed.") var yes = false
    @OptionGroup var identity: IdentityOptions
    @OptionGroup var client: ClientOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard words.count == 1 || words.count == 2 && codeFile == nil else {
            throw ValidationError("Give the relay, or the code and the relay")
        }
        guard (1...86_400).contains(wait.seconds) else { throw ValidationError("--wait takes 1s to 1d") }
    }

    func run() throws {
        let relay = try RelayName(words[words.count - 1])
        let folder = try client.folder()
        let code = try words.count == 2 ? InvitationCodeArgument.given(words[0]) : InvitationCodeArgument.read(codeFile)
        let join = RelayJoin(relay, implicit: implicitTls || relay.beginsWithTLS, in: folder, by: code)
        let existing = try join.identity()
        let shown = try join.relayCertificate()
        var own: Identity
        if let existing { own = existing } else { own = try make(folder, code) }
        try join.pin(shown)
        let check = RelayCheck(relay: relay, implicit: implicitTls || relay.beginsWithTLS)
        var asked = try ask(check, own, shown)
        var taken: ClientIssue.Outcome?
        if let issued = asked.issued {
            let outcome = try IssuedTaking(folder: folder, config: common.config, relay: relay, implicit: check.implicit)
                .take(issued, for: own)
            if outcome.isInUse {
                own = outcome.identity
                asked = check.run(as: own, expecting: shown)
            }
            taken = outcome
        }
        var verdict = ClientVerdict(relay: asked, mail: nil)
        if verdict.state == .trusted {
            if setup { try setUp(relay, folder) }
            verdict = examination(check, folder).both(verdict.relay, as: own, expecting: shown)
        }
        show(verdict, relay, own.certificate, shown, taken)
        guard verdict.state == .trusted else { Glibc.exit(verdict.state.exit.rawValue) }
    }

    private func make(_ folder: ClientFolder, _ code: InvitationCode) throws(Failure) -> Identity {
        let reader = KeyReader(try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress).configuration)
        let (key, certificate) = try identity.make(name: identity.name, invitedBy: code)
        try folder.identities.add(key, certificate, for: reader)
        identity.tellIfCut(certificate)
        return try folder.identities.current()
    }

    /// Until it relays, or refuses for another reason than that it does not know us yet.
    private func ask(_ check: RelayCheck, _ own: Identity, _ pinned: Certificate) throws(Failure) -> RelayVerdict {
        var tries = JoinTries(until: Clock.monotonic + .seconds(wait.seconds))
        while true {
            let verdict = check.run(as: own, expecting: pinned)
            let (why, next): (String, Duration?) =
                switch verdict.state {
                case .waiting where verdict.issued != nil: ("", nil)
                case .waiting: ("not let in yet", tries.next(after: Clock.monotonic))
                case .cannotConnect: ("the relay does not answer just now", tries.nextWithoutAnswer(after: Clock.monotonic))
                default: ("", nil)
                }
            guard let next else { return verdict }
            Terminal.say("\(why); asking again in \((next - Clock.monotonic).components.seconds + 1) seconds")
            while Clock.monotonic < next { usleep(100_000) }
        }
    }

    private func examination(_ check: RelayCheck, _ folder: ClientFolder) -> ClientExamination {
        ClientExamination(
            check, in: folder,
            Result { () throws(Failure) in
                try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
            })
    }

    private func setUp(_ relay: RelayName, _ folder: ClientFolder) throws(Failure) {
        var change = ChangeOptions()
        (change.yes, change.dryRun, change.lock, change.reason) = (yes, false, LockOptions(waiting: 60), nil)
        let snippets = try folder.snippets(for: relay, implicit: implicitTls || relay.beginsWithTLS)
        try MailSetupDialogue(folder: folder, snippets: snippets, common: common, change: change, shows: !common.json).carryOut()
    }

    private func show(
        _ verdict: ClientVerdict, _ relay: RelayName, _ own: Certificate, _ pinned: Certificate, _ taken: ClientIssue.Outcome?
    ) {
        var answer = ClientReport().found(verdict, relay, own: own, pinned: pinned)
        if let taken { answer = ClientReport().taken(taken, before: answer) }
        if verdict.state == .trusted {
            answer.parts.append(.text("fingerprint    \(own.fingerprint)\n"))
        } else if verdict.state == .waiting {
            // Where a full queue or a closed invitation keeps it out, a person can still let it in.
            answer.parts.append(.text("or send him this certificate, for `trustctl approve --certificate FILE`:\n\(own.pemText)"))
        }
        Terminal.show(answer, json: common.json)
    }
}
