import ArgumentParser
import FleetCarrier
import FleetHost
import Host
import Trust
import TrustCore

struct FleetExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Prints the fleet's decisions that are here, with their signatures, and the receipts.",
        discussion: """
            With the certificates of what they approve, as far as they are known, and on a relay what waits there, for the consoles. \
            It holds no key. Whoever carries it can withhold a part of it, and change nothing.

                trustctl fleet export | ssh RELAY sudo trustctl fleet import -
            """)

    @Option(help: ArgumentHelp("Only what the decision with this digest did not rest on.", valueName: "digest")) var since: String?
    @OptionGroup var fleet: FleetOptions

    func run() throws {
        try fleet.fleet().export(since: since) { Output.add($0) }
        Output.flush()
    }
}

struct FleetImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes decisions of the fleet, as far as a key of the fleet has signed them, and makes them so.",
        discussion: """
            What is no decision of this fleet is left out, and named; the rest is kept. Exit status 65 when something was left out.
            """)

    @Argument(help: ArgumentHelp("The export; - for standard input.", valueName: "file"), completion: .file()) var file: String
    @Flag(help: "Keep them, and change nothing yet: `trustctl fleet apply` does.") var keepOnly = false
    @OptionGroup var lock: LockOptions
    @OptionGroup var fleet: FleetOptions

    func run() throws {
        let fleet = try fleet.fleet()
        let bytes = try BroughtBytes.read(file, limit: Arrivals.maximumSize)
        let imported = try fleet.import(bytes, waiting: lock.wait)
        FleetApply.show(imported)
        if !keepOnly, fleet.configuration.member != nil { FleetApply.show(try fleet.apply(bringing: imported.brought, waiting: lock.wait)) }
        guard imported.refused.isEmpty else {
            throw Failure("a part of it is not kept", .refused, hint: "what is kept is good; export again where it came from")
        }
    }
}

struct FleetVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks all signatures again, and compares the list, the denials and the receipt with what follows.")

    @OptionGroup var fleet: FleetOptions

    func run() throws {
        let (decisions, faults) = try fleet.fleet().verify()
        guard faults.isEmpty else {
            throw Failure(messages: faults, hint: "trustctl fleet apply", exit: .refused)
        }
        Output.write("all is as the fleet has decided: \(decisions) decisions, every signature checked\n")
    }
}

struct FleetLeave: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leave", abstract: "Makes this host a single relay again. The list stays as it is.")

    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var lock: LockOptions
    @OptionGroup var fleet: FleetOptions

    func run() throws {
        let local = try fleet.local()
        if local.isInFleet {
            try local.checkMayChange()
            try Confirmation(assumeYes: yes).ask("Leave the fleet? What it decides from now on does not count here.")
        }
        let left = try LocalFleet.leave(local, waiting: lock.wait)
        for unit in HostUnit.fleet { unit.stop(local) }
        Output.write("done: \(left ? "this host belongs to no fleet; its list is as it was" : "nothing to do: it belongs to no fleet")\n")
    }
}
