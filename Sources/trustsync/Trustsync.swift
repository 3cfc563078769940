import ArgumentParser
import FleetCarrier
import Glibc
import Postgres
import SystemPackage
import TrustCore

/// Carries the signed decisions of a fleet between this host and the fleet's database.
///
/// Runs as its own user, with a network. Reads what a database says, which may be anybody's, and writes it where root looks at it: a fault
/// here can withhold or delay a decision, and cannot make one. It has no key that signs, and starts no program.
@main
struct Trustsync: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trustsync",
        abstract: "Carries the signed decisions of a fleet between this host and the fleet's database.",
        discussion: "It cannot approve anything: trustctl does that, and checks every signature.",
        version: "trustsync \(Version.current)")

    @Option(
        help: ArgumentHelp(
            "Read this file instead of \(Configuration.defaultPath), and fleet.conf in its folder.", valueName: "file"))
    var config: String?

    @Flag(help: "Connect once, carry what there is both ways, and exit.") var once = false

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        umask(0o027)
        // libpq, its libraries and the resolver would read dozens of others.
        ProcessEnvironment.keep(only: ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "JOURNAL_STREAM", "SWIFT_BACKTRACE"])
        let messages = ServiceMessages(of: "trustsync")
        do {
            var command = try parse()
            try command.run()
        } catch let failure as StartFailure {
            messages.write(failure.note)
            Glibc.exit(failure.code)
        } catch {
            let code = exitCode(for: error)
            guard !code.isSuccess else { exit(withError: error) }
            let text = message(for: error)
            messages.write(text.prefix(1).lowercased() + text.dropFirst(), hint: "trustsync --help", severity: .error)
            Glibc.exit(code.rawValue)
        }
    }

    mutating func run() throws {
        let path = config.map { FilePath($0) } ?? Configuration.defaultPath
        let settings = try read(path, optional: config == nil) { bytes throws(ConfigurationError) in
            try Configuration(parsing: bytes, file: path)
        }
        let fleetPath = path.removingLastComponent().appending(FleetFile.name)
        let fleet = try read(fleetPath, optional: false) { bytes throws(ConfigurationError) in
            try FleetFile(parsing: bytes, file: fleetPath)
        }
        guard let fleet, let text = fleet.database.place else {
            throw StartFailure.unsound("\(fleetPath) names no database", hint: "database = host=… dbname=… user=…")
        }
        let place: PostgresPlace
        do { place = try PostgresPlace(text) } catch { throw StartFailure.unsound("\(fleetPath): database: \(error)") }
        let configuration = settings ?? Configuration()
        let folders = CarrierFolders(ledger: configuration.ledger)
        var service = try Service(fleet, DatabasePlaces(fleet.database, place), folders, configuration, once: once)
        try service.run()
    }

    private func read<Value>(
        _ path: FilePath, optional: Bool, _ parse: ([UInt8]) throws(ConfigurationError) -> Value
    ) throws(StartFailure) -> Value? {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try ConfigurationFile.contents(of: path) } catch {
            if error.isMissing, optional { return nil }
            throw .unsound("\(error)")
        }
        do throws(ConfigurationError) { return try parse(bytes) } catch { throw .unsound("\(error)") }
    }
}
