import ArgumentParser
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Takes over what another relay has decided: all of it in one change.",
        discussion: """
            Reads what `trustctl export` prints. What was decided here counts: who was revoked or denied here stays out, and is named; so does \
            a certificate whose key was revoked here, and one whose approval has ended.
            """)

    @Argument(help: ArgumentHelp("The export; - for standard input, which needs --yes.", valueName: "file"), completion: .file())
    var file: String
    @OptionGroup var change: ChangeOptions
    @OptionGroup var fleet: FleetChoice
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard file != "-" || change.yes || change.dryRun else {
            throw ValidationError("import - needs --yes: the answer cannot come from where the export does")
        }
    }

    func run() throws {
        let decision = try Change(common, change, fleet)
        try decision.carryOut(.importing(try Export(try bytes()), reason: change.reason))
    }

    private func bytes() throws(Failure) -> [UInt8] {
        if file == "-" { return try standardInput() }
        do throws(SystemError) {
            if let bytes = try LocalFileSystem(limit: Export.maximumSize).contents(of: ResolvedPath(FilePath(file)).filePath) {
                return bytes
            }
        } catch { throw Failure(error.description, error.isNotPermitted ? .notPermitted : .refused) }
        throw Failure(SystemError("open", FilePath(file), code: ENOENT).description, .refused)
    }

    /// The attack: an export that never ends.
    private func standardInput() throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= Export.maximumSize {
            let count = read(STDIN_FILENO, &part, part.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Failure(SystemError("read", "standard input").description, .refused) }
            if count == 0 { return bytes }
            bytes += part[..<count]
        }
        throw Failure("refused: nothing has changed: the export is larger than \(Export.maximumSize >> 20) MiB", .refused)
    }
}
