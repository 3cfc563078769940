import ArgumentParser
import FleetHost
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// Several relays that trust the same clients: by decisions that operators sign, and that every relay checks for itself.
struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "Several relays that trust the same clients, by signed decisions.",
        discussion: "Decisions are carried: `trustctl fleet export | ssh RELAY trustctl fleet import -`. See trustctl-fleet(8).",
        subcommands: [
            FleetInit.self, FleetJoin.self, FleetKey.self, FleetMember.self, FleetAdopt.self, FleetExport.self, FleetImport.self,
            FleetApply.self,
            FleetVerify.self, FleetStatus.self, FleetSQL.self, FleetLeave.self,
        ])
}

/// What every command about a fleet takes.
struct FleetOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read this file instead of /etc/trustd/trustd.conf.", valueName: "file"), completion: .file())
    var config: String?

    func local() throws(Failure) -> LocalTrust { try LocalTrust(config: config, progress: Terminal.progress) }
    func fleet() throws(Failure) -> LocalFleet { try LocalFleet.required(try local()) }
}

/// Bytes that somebody brings, from a file or from standard input.
enum BroughtBytes {
    /// The attack: a file or a pipe that never ends.
    static func read(_ name: String, limit: Int) throws(Failure) -> [UInt8] {
        let failure = Failure("\(name == "-" ? "standard input" : name) has more than \(limit >> 20) MiB; nothing has changed", .refused)
        if name != "-" {
            do throws(SystemError) {
                if let bytes = try LocalFileSystem(limit: limit).contents(of: ResolvedPath(FilePath(name)).filePath) { return bytes }
            } catch {
                throw error.code == EFBIG ? failure : Failure(error.description, error.isNotPermitted ? .notPermitted : .refused)
            }
            throw Failure("\(name) does not exist", .refused)
        }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = Glibc.read(STDIN_FILENO, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Failure(SystemError("read", "standard input").description, .refused) }
            if count == 0 { return bytes }
            bytes += part[..<count]
        }
        throw failure
    }
}
