import ArgumentParser

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read this file instead of /etc/trustd/trustd.conf.", valueName: "file"), completion: .file())
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false
}

/// What every command takes that changes something.
struct ChangeOptions: ParsableArguments {
    @Flag(help: "Do not ask.")
    var yes = false

    @Flag(help: "Show what would be written, as a unified diff, and change nothing.")
    var dryRun = false

    @OptionGroup var lock: LockOptions

    @Option(help: ArgumentHelp("The reason; kept in the ledger.", valueName: "text"))
    var reason: String?

    func validate() throws {
        if let reason, reason.utf8.count > 1_000 { throw ValidationError("--reason takes at most 1000 bytes") }
    }
}

/// How long a command waits for another one.
struct LockOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Seconds to wait while another trustctl holds the lock.", valueName: "seconds"))
    var wait = 60

    init() {}

    init(waiting seconds: Int) { wait = seconds }

    func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait takes 0 to 86400 seconds") }
    }
}

/// What the commands take in which a key decides.
struct KeyOptions: ParsableArguments {
    @Flag(help: "Approve only after four groups of the fingerprint, drawn at random, were typed as the owner reads them.")
    var readBack = false

    @Option(help: ArgumentHelp("In a fleet: sign with this key.", valueName: "key.pub"), completion: .file()) var signWith: String?
    @Flag(help: "In a fleet: decide for this relay alone.") var local = false
    @OptionGroup var lock: LockOptions
    @OptionGroup var filter: ListFilter

    /// `waitFleet`: so long it is waited for the relays' answers.
    func fleet(waiting waitFleet: Int? = nil) -> FleetChoice { FleetChoice(local: local, signWith: signWith, waitFleet: waitFleet) }
}

/// How a fingerprint is given, for the help of each command.
let fingerprintHelp = ArgumentHelp(
    "A fingerprint in any usual spelling, its first 16 or more digits, or the label of an approved one.", valueName: "fp")
