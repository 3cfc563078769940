import ArgumentParser
import Glibc
import SystemPackage
import TrustCore

/// Watches Exim's log and queues the fingerprints of certificates that asked to relay.
///
/// Runs as its own user. Reads text that clients chose; writes only `pending/` and `position/`; starts no program. A fault here can fill the
/// queue or falsify it, but cannot grant trust. It may be killed at any time: there is nothing to shut down.
@main
struct Trustd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trustd",
        abstract: "Watches Exim's log and queues the fingerprints of certificates that asked to relay.",
        discussion: "It cannot approve anything: trustctl does that.",
        version: "trustd \(Version.current)")

    @Option(help: ArgumentHelp("Read this file instead of \(Configuration.defaultPath).", valueName: "file"))
    var config: String?

    @Flag(help: "Read what the log holds, queue it, and exit.")
    var once = false

    @Flag(help: "Read log lines on standard input and say what each one means; change nothing.")
    var explain = false

    mutating func validate() throws {
        if explain && (once || config != nil) { throw ValidationError("--explain cannot be combined with other options") }
    }

    static func main() {
        // The reader of our output may be gone; that is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parse()
            try command.run()
        } catch let failure as StartFailure {
            Messages().write(failure.note)
            Glibc.exit(failure.code)
        } catch {
            let code = exitCode(for: error)
            guard !code.isSuccess else { exit(withError: error) }
            let text = message(for: error)
            Messages().write(text.prefix(1).lowercased() + text.dropFirst(), hint: "trustd --help", severity: .error)
            Glibc.exit(code.rawValue)
        }
    }

    mutating func run() throws {
        if explain { return try Explanation.run() }
        var service = try Service.open(try loadConfiguration(), once: once)
        try service.run()
    }

    private func loadConfiguration() throws(StartFailure) -> Configuration {
        let path = config.map { FilePath($0) } ?? Configuration.defaultPath
        let bytes: [UInt8]
        do {
            bytes = try ConfigurationFile.contents(of: path)
        } catch  where error.isMissing && config == nil {
            return Configuration()
        } catch {
            throw .unsound("\(error)")
        }
        do { return try Configuration(parsing: bytes, file: path) } catch { throw .unsound("\(error)") }
    }
}
