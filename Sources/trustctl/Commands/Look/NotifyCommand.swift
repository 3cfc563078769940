import ArgumentParser
import EximControl
import Host
import Trust
import TrustCore

struct NotifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notify",
        abstract: "Tells the operator by mail what is new.",
        discussion: """
            Hands one mail about everything that was not told yet to the Exim of this host, and remembers what it has told. \
            trustctl-notify.timer runs it every minute once it is enabled. Does nothing until notify_to in trustd.conf names an address.
            """)

    @Flag(help: "Print the mail that would be sent, and change nothing.") var dryRun = false
    @Flag(help: "Send a test mail now, and say what Exim answers.") var test = false
    @Option(help: ArgumentHelp("Where Exim listens, such as 127.0.0.1:25.", valueName: "address:port")) var server: String?
    @Option(help: ArgumentHelp("Seconds that Exim may take.", valueName: "seconds")) var wait = 300
    @Option(help: ArgumentHelp("Read this file instead of /etc/trustd/trustd.conf.", valueName: "file"), completion: .file())
    var config: String?

    func validate() throws {
        guard !dryRun || !test else { throw ValidationError("--dry-run and --test exclude each other") }
        guard (1...3_600).contains(wait) else { throw ValidationError("--wait takes 1 to 3600 seconds") }
        if let server, SocketAddress(server) == nil {
            throw ValidationError("--server takes an address and a port: 127.0.0.1:25 or [::1]:25")
        }
    }

    func run() throws {
        let local = try LocalTrust(config: config)
        guard let to = local.configuration.notifyTo else {
            guard dryRun || test else { return Terminal.say("notify_to is not set in \(local.file): nobody is told") }
            throw Failure("notify_to is not set in \(local.file)", .notSound, hint: "notify_to = root@localhost; see trustd.conf(5)")
        }
        let run = NotifyRun(local: local, to: to, server: server.flatMap { SocketAddress($0) }, patience: .seconds(wait))
        if test { return Output.write("done: \(try run.test())\n") }
        if dryRun { return try show(run.next()) }
        switch try run.run() {
        case .nothingNew: Terminal.say("nothing is new")
        case .notDue(let count, let due): Terminal.say("\(count) new; the next mail goes out at \(due)")
        case .told(let count, let answer): Output.write("done: \(count) told; \(answer)\n")
        }
    }

    private func show(_ next: (mail: Mail, due: Timestamp)?) {
        guard let next else { return Terminal.note("nothing is new") }
        Output.write(next.mail.lines.map { $0 + "\n" }.joined())
        if next.due > .now { Terminal.note("it goes out at \(next.due)") }
    }
}
