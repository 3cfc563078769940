import ArgumentParser
import Fleet
import FleetCarrier
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

struct FleetJoin: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Makes this host a part of a fleet.",
        discussion: """
            Shows what the fleet would add to this relay's list and take from it, and what stays the relay's own. Then it starts the units that \
            make it so; where they are not installed, `trustctl fleet apply` does. Without --member the host is a console: people decide there, and no Exim is touched.

            --head names a decision that must be among those that were brought, as an operator reads it out: else whoever carries them could \
            show an old set, in which a stolen key still counts. `none` needs a yes that is typed.

            With --database it also makes the key with which trustsync enters the fleet's database, and a request for its certificate. Repeat \
            the command with --database-ca and --database-certificate when they are there.
            """)

    @Argument(help: ArgumentHelp("What `trustctl fleet export` or `init` wrote; - for standard input.", valueName: "file"))
    var file: String
    @Option(help: ArgumentHelp("The fleet's first decision: its 64 digits.", valueName: "digest")) var genesis: String
    @Option(help: ArgumentHelp("This relay's name in the fleet.", valueName: "name")) var member: String?
    @Option(help: ArgumentHelp("A decision that must be there, or none.", valueName: "digest")) var head: String
    @Option(help: ArgumentHelp("The operator's key, for fleet.conf.", valueName: "key.pub"), completion: .file()) var key: String?
    @OptionGroup var database: DatabaseOptions
    @Flag(help: "Leave the other fleet for this one: when its first key is lost.") var replace = false
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Show all this, and change nothing.") var dryRun = false
    @OptionGroup var lock: LockOptions
    @OptionGroup var fleet: FleetOptions

    func validate() throws {
        guard database.databaseCA != "-", database.databaseCertificate != "-" else {
            throw ValidationError("--database-ca and --database-certificate take files")
        }
        guard file != "-" || yes || dryRun else {
            throw ValidationError("join - needs --yes: the answer cannot come from where the decisions do")
        }
    }

    func run() throws {
        let local = try fleet.local()
        let pack = try BroughtBytes.read(file, limit: Arrivals.maximumSize)
        let carrier = try database.joining(member: member, local)
        let joining = try FleetJoining(
            .init(
                genesis: genesis, member: member, head: head.lowercased() == "none" ? nil : head,
                key: key.map { ThisProcess.absolute(FilePath($0)) },
                replaces: replace, database: carrier?.database), bringing: pack, local)
        let state = joining.state
        let last = state.accepted.last.flatMap { state.decision($0) }
        Output.write(
            "\(state.fleet.name): \(state.accepted.count == 1 ? "1 decision counts" : "\(state.accepted.count) decisions count"), "
                + "the last one of \(last?.time.description ?? "") by "
                + "\(last?.signer ?? "")\n")
        let outlook = try joining.outlook()
        for one in outlook.adds { Output.write("would add    \(one)\n") }
        for one in outlook.takes { Output.write("would take   \(one)\n") }
        for one in outlook.local { Output.write("stays local  \(one)\n") }
        if dryRun { return Terminal.note("dry run: nothing has changed") }
        if !joining.isDone {
            try local.checkMayChange()
            if head.lowercased() == "none" {
                // Not with --yes: a script that says so would say it for ever.
                try Confirmation(assumeYes: false).ask("Nobody has said which decision is the last. They may be old. Join all the same?")
            } else {
                try Confirmation(assumeYes: yes).ask("Join \(state.fleet.name) as \(member ?? "a console")?")
            }
        }
        let named = try joining.join(waiting: lock.wait)
        Output.write("done: \(joining.isDone ? "nothing to do: it belongs to" : "this host belongs to") \(state.fleet.name)\n")
        for item in try joining.fleet.invitationsOfBefore() where item.isOpen() {
            let (shown, name) = (item.invitation.shown, item.invitation.name)
            Terminal.note("warning: the invitation \(shown) stays open, and lets nobody in here any more: its client waits for an approval")
            Terminal.note("hint: trustctl invite --cancel \(name)")
        }
        if let named { Output.write("an admin adds it:\n\n  trustctl fleet member add \(named)\n\n") }
        if let carrier {
            try carrier.make(waiting: lock.wait)
            DatabaseReport(carrier).show(local)
        }
        startUnits(local, joining, isMember: named != nil)
    }

    private func startUnits(_ local: LocalTrust, _ joining: FleetJoining, isMember: Bool) {
        let obstacles = HostUnit.fleet.compactMap { $0.start(local) }
        guard let obstacle = obstacles.first else {
            return Terminal.note("what comes into \(joining.fleet.folders.inbox) is \(isMember ? "made so" : "kept") at once")
        }
        if Systemd.isRunning { Terminal.note("nothing runs trustctl fleet apply here by itself: \(obstacle)") }
        if isMember { Terminal.note("hint: trustctl fleet apply makes here what the fleet has decided") }
    }
}

/// How `join` has this host enter the fleet's database.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the fleet's database is: 'host=db.example.org dbname=fleet'; the user is put in.", valueName: "settings"))
    var database: String?
    @Option(help: ArgumentHelp("With --database, on a console: its name there.", valueName: "name")) var console: String?
    @Option(
        name: .customLong("database-ca"),
        help: ArgumentHelp("Install this as the authority of the database's certificate.", valueName: "file"),
        completion: .file())
    var databaseCA: String?
    @Option(help: ArgumentHelp("Install this as the certificate of this host's trustsync.", valueName: "file"), completion: .file())
    var databaseCertificate: String?

    func joining(member: String?, _ local: LocalTrust) throws(Failure) -> DatabaseJoining? {
        func bytes(_ file: String?) throws(Failure) -> [UInt8]? {
            guard let file else { return nil }
            return try BroughtBytes.read(file, limit: 1 << 20)
        }
        return try DatabaseJoining(
            .init(place: database, console: console, authority: try bytes(databaseCA), certificate: try bytes(databaseCertificate)),
            member: member, local)
    }
}
