import ArgumentParser
import EximControl
import Host
import SystemPackage
import Trust
import TrustCore

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Prints numbers for a monitoring system.",
        discussion: """
            In the OpenMetrics text format, or in the older one that node_exporter's textfile collector reads. Needs neither Exim nor root; members \
            of group trustd may look. trustctl-metrics.timer writes a file every minute once it is enabled.
            """)

    @Flag(help: "Print the text format of Prometheus (0.0.4).") var prometheus = false
    @Option(help: ArgumentHelp("Write this file instead: the old one is replaced whole.", valueName: "file")) var output: String?
    @Option(help: ArgumentHelp("Read this file instead of /etc/trustd/trustd.conf.", valueName: "file")) var config: String?

    func run() throws {
        let measurements = Measurements(try LocalTrust(config: config, progress: Terminal.progress))
        if let failure = measurements.failure { Terminal.note("warning: \(failure.reason)") }
        let text = measurements.text(prometheus ? .prometheus : .openMetrics)
        guard let output else { return Output.write(text) }
        do throws(SystemError) { try Self.write(text, to: FilePath(output)) } catch { throw Failure(error) }
    }

    /// The attack: who may write into that folder puts a link there. A name is replaced, and never followed.
    private static func write(_ text: String, to path: FilePath) throws(SystemError) {
        let parent = path.removingLastComponent()
        let folder = try Folder(parent.isEmpty ? "." : parent)
        guard let name = path.lastComponent?.string else { throw SystemError("open", path, code: 21) }
        // A collector reads names that end in .prom only.
        try folder.write(Array(text.utf8), to: ".\(name).new", mode: 0o644, synchronized: false)
        try folder.rename(".\(name).new", to: name)
    }
}
