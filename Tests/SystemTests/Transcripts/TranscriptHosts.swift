import Glibc
import TrustTestSupport

/// The hosts of a transcript, relay.example and laptop.example, and second.example where it is typed on: Debian's Exim, trustd and trustctl on
/// their usual paths, on a network of their own (Tests/Transcripts/host/start).
struct TranscriptHosts {
    /// With host/, whose commands prepare what no document shows.
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/mnt"

    /// The process that keeps each host's namespaces.
    private var keepers: [String: ProgramRun] = [:]

    static func run(_ names: Set<String>, _ body: (TranscriptHosts) throws -> Void) throws {
        let folder = try SceneFolder()
        var hosts = TranscriptHosts()
        defer {
            for keeper in hosts.keepers.values {
                keeper.send(SIGKILL)
                _ = try? keeper.wait()
            }
            folder.remove()
        }
        try hosts.start("relay", in: folder, network: ["unshare", "--net"])
        guard let relay = hosts.keepers["relay"] else { return }
        for name in ["laptop"] + (names.contains("second") ? ["second"] : []) {
            try hosts.start(name, in: folder, network: ["nsenter", "--target", "\(relay.pid)", "--net", "unshare"])
        }
        try body(hosts)
    }

    private mutating func start(_ name: String, in folder: SceneFolder, network: [String]) throws {
        // What dies with its keeper is the first process of the host, and with it all others.
        let own = ["--mount", "--propagation", "private", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"]
        // Which also takes leave of those that have lost their parent.
        let first = ["sh", "-c", #""$@"; while :; do sleep 3600; done"#, "first", "\(Transcript.folder)/host/start"]
        let start = first + ["\(folder.path)", name, BuiltPrograms.trustd, BuiltPrograms.trustctl]
        let keeper = try ProgramRun(starting: network[0], Array(network.dropFirst()) + own + start)
        keepers[name] = keeper
        try waitUntil("\(name) is up: \(keeper.errorsSoFar)") {
            guard keeper.isRunning else { throw NothingCame(description: "\(try keeper.wait())") }
            return File.exists(folder("\(name)/tmp/ready"))
        }
    }

    /// What a person at that host would see. `owner` reads a fingerprint out, of which the terminal shows the rest.
    func type(_ command: String, _ transcript: Transcript.Command, answers: [String], owner: (String) -> String?) throws -> [String] {
        let words = try words(Self.pressed(command), transcript)
        return try TerminalRun(words[0], Array(words.dropFirst()), answers: answers, owner: owner).lines
    }

    /// A command that ends in `<Tab>` is not run: the shell is asked what it offers.
    private static func pressed(_ command: String) -> String {
        guard let match = command.wholeMatch(of: #/([^']*?)((?:<Tab>)+)/#) else { return command }
        return "press-tab \(match.2.count / "<Tab>".count) '\(match.1)'"
    }

    /// Runs a step that no document shows.
    func run(_ command: String, _ transcript: Transcript.Command) throws -> ProgramRun.Outcome {
        let words = try words(command, transcript)
        return try ProgramRun.run(words[0], Array(words.dropFirst()))
    }

    private func words(_ command: String, _ typed: Transcript.Command) throws -> [String] {
        guard let keeper = keepers[typed.host]?.pid else { throw NothingCame(description: "no host \(typed.host)") }
        let inside = ["nsenter", "--target", "\(keeper)", "--mount", "--net", "--uts", "--pid=/proc/\(keeper)/ns/pid_for_children", "--"]
        let user = typed.isRoot ? [] : ["setpriv", "--reuid=alice", "--regid=alice", "--init-groups"]
        let home = typed.isRoot ? "/root" : "/home/alice"
        let settings = ["PATH=\(Self.path)", "TERM=dumb", "LANG=C.UTF-8", "HOME=\(home)"] + Self.inherited
        return inside + user + ["env", "-i"] + settings + ["sh", "-c", "cd && { \(command)\n} 2>&1"]
    }

    /// Where the tests' own toolchain keeps the runtime that debug builds need, and a sanitizer's reports.
    private static let inherited: [String] = {
        let libraries = getenv("LD_LIBRARY_PATH").map { ["LD_LIBRARY_PATH=\(String(cString: $0))"] } ?? []
        return libraries + Sanitizer.environment.map { "\($0.key)=\($0.value)" }
    }()
}
