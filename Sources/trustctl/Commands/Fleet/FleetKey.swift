import ArgumentParser
import Fleet
import FleetCarrier
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

struct FleetKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Says whose signatures count in the fleet.", subcommands: [Add.self, Remove.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Adds an operator's key. Only an admin can.",
            discussion: """
                An operator decides about certificates; an admin also about keys and members. A key that was removed never comes back.
                """)

        @Argument(help: ArgumentHelp("The public key.", valueName: "key.pub"), completion: .file()) var file: String
        @Option(help: ArgumentHelp("Its name in the fleet, instead of its comment.", valueName: "name")) var name: String?
        @Flag(help: "As an admin.") var admin = false
        @Flag(help: "Count only signatures for which somebody touched the security key.") var touch = false
        @OptionGroup var decision: FleetDecisionOptions

        func run() throws {
            let key = try SigningKey(FilePath(file)).named(name)
            try decision.make("\(key.name) may decide\(admin ? ", also about keys and members" : "")") { state throws(Failure) in
                if let known = state.keys.first(where: { $0.key.identity == key.identity }) {
                    let after: KeyPower = admin ? .admin : .operator
                    if known.power == after, known.requiresTouch || !touch { return [] }
                }
                return [state.keyBlock(key, admin ? .admin : .operator, requiresTouch: touch)]
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Takes a key out for ever, for example a stolen one. Only an admin can.",
            discussion: """
                Whatever it signs from then on counts for nothing, whatever date it bears. What it has taken away is said again by the same \
                decision, so that nobody is trusted again because of it.
                """)

        @Argument(help: ArgumentHelp("The key's name in the fleet.", valueName: "name")) var name: String
        @Flag(help: "Rest on none of its decisions: for an admin whom it has put out.") var withoutTheirs = false
        @OptionGroup var decision: FleetDecisionOptions

        func run() throws {
            let done = "\(Printable(name, limit: 70)) decides nothing any more"
            try decision.make(done, without: withoutTheirs ? name : nil) { state throws(Failure) in
                guard let key = state.keys.first(where: { $0.key.name == name }) else {
                    throw Failure("the fleet has no key \(Printable(name, limit: 70))", .noSuchEntry, hint: "trustctl fleet status")
                }
                guard key.power != .none else { return [] }
                return state.takings(by: key.key) + [state.keyBlock(key.key, .none)]
            }
        }
    }
}

struct FleetMember: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member", abstract: "Says which relays belong to the fleet.", subcommands: [Add.self, Remove.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Adds a relay, by the line that `trustctl fleet join` has printed there. Only an admin can.")

        @Argument(help: ArgumentHelp("The relay's name.", valueName: "name")) var name: String
        @Argument(help: ArgumentHelp("The type of its key.", valueName: "type")) var type: String
        @Argument(help: ArgumentHelp("Its key.", valueName: "base64")) var base64: String
        @OptionGroup var decision: FleetDecisionOptions

        func run() throws {
            guard let key = NamedKey("\(name) \(type) \(base64)"), key.key != nil else {
                throw Failure(
                    "this is no relay's name and key; nothing has changed", .usage, hint: "trustctl fleet join prints the line there")
            }
            try decision.make("\(key.name) is a member") { state throws(Failure) in
                state.members[key.identity]?.power == .member ? [] : [state.memberBlock(key, .member)]
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Takes a relay out: its receipts count no more. Only an admin can.")

        @Argument(help: ArgumentHelp("The relay's name.", valueName: "name")) var name: String
        @OptionGroup var decision: FleetDecisionOptions

        func run() throws {
            try decision.make("\(Printable(name, limit: 70)) is no member any more") { state throws(Failure) in
                guard let member = state.members.values.first(where: { $0.key.name == name }) else {
                    throw Failure("the fleet has no member \(Printable(name, limit: 70))", .noSuchEntry, hint: "trustctl fleet status")
                }
                return member.power == .none ? [] : [state.memberBlock(member.key, .none)]
            }
        }
    }
}

/// What the commands take that decide about keys and members.
struct FleetDecisionOptions: ParsableArguments {
    @OptionGroup var signing: SigningOptions
    @Option(help: ArgumentHelp("The reason; a part of what is signed.", valueName: "text")) var reason: String?
    @OptionGroup var lock: LockOptions
    @OptionGroup var fleet: FleetOptions

    /// `done` says what is so then.
    func make(
        _ done: String, without key: String? = nil, bringing certificates: [CertificateRecord] = [],
        _ blocks: (FleetState) throws(Failure) -> [DecisionBlock]
    ) throws(Failure) {
        let fleet = try fleet.fleet()
        let signed = try signing.decide(
            fleet, reason: reason, waiting: lock.wait, without: key, bringing: certificates, blocks)
        guard let signed else { return Terminal.note("done: nothing to do: the fleet has decided so already") }
        guard signing.output == nil else { return }
        try signing.conclude(signed, in: fleet, json: false) { spread in
            var answer = Report.signed(.fleet, [], notes: signed.notes, parts: signed.notes.map { .note("warning: \($0)") }, spread)
            if let plan = signed.plan { answer = Report.done(plan, notes: signed.notes, spread: spread) }
            answer.parts.append(.text("done: \(done)\n"))
            return answer
        }
    }
}
