import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// trustctl's folder on a disk that is full when a key decides, with a real Exim.
@Suite("A full disk in the middle of a decision of review and watch")
struct FullDiskDecisionTests {
    enum Command: String, CaseIterable {
        case review, watch

        /// How it asks for a key while it shows what waits.
        var keys: String { self == .review ? "q quit:" : "Enter opens, ? help, q quit" }
    }

    /// The disk: a file system of memory in a mount namespace that lives as long as its terminal. One of its pages has 4 KiB.
    private struct Disk {
        let scene: RelayScene
        let process: pid_t
        private var path: String { "/proc/\(process)/root\(scene.folder("ledger"))" }
        private var ballast: String { path + "/ballast" }

        /// Leaves room for so many pages.
        func fill(leaving pages: Int = 0) throws {
            let file = open(ballast, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            defer { close(file) }
            let page = [UInt8](repeating: 0, count: 4_096)
            var size = 0
            while case let count = write(file, page, page.count), count > 0 { size += count }
            guard file >= 0, errno == ENOSPC, ftruncate(file, off_t(size - pages * 4_096)) == 0 else {
                throw NothingCame(description: "the disk is not full: \(errno)")
            }
        }

        func makeRoom() { unlink(ballast) }

        /// What the ledger says, line by line.
        var decisions: [Substring] { ((try? File.read(path + "/ledger")) ?? "").split(separator: "\n") }
        var names: [String] { File.names(in: path) }

        /// Another command there.
        func trustctl(_ arguments: String...) throws -> ProgramRun.Outcome {
            try ProgramRun.run(
                "nsenter",
                ["--target", "\(process)", "--mount", BuiltPrograms.trustctl] + arguments + ["--config", scene.operator.settings])
        }

        /// Whether list, ledger and Exim say the same of `client`, and nothing is under way.
        func expectWhole(_ client: ClientCertificate, isTrusted: Bool, _ screen: TerminalScreen) throws {
            #expect(try scene.trusted.contains("\(client.fingerprint)") == isTrusted, "\(screen.text)")
            #expect(scene.listText.contains("\(client.fingerprint)") == isTrusted, "\(screen.text)")
            #expect(try scene.reply(to: client) == (isTrusted ? 250 : 550), "\(screen.text)")
            #expect(!names.contains("journal"), "\(names)\n\(screen.text)")
            let verified = try trustctl("history", "--verify")
            #expect(verified.exitCode == 0, "\(verified)")
        }
    }

    /// Starts the command; what it says stays on the screen when it has ended.
    private func start(_ command: Command, _ scene: RelayScene) throws -> (TerminalScreen, Disk) {
        let ledger = scene.folder("ledger")
        let script = """
            mount -t tmpfs -o size=64k,mode=755 none \(ledger) && mkdir \(ledger)/denied || exit 99
            echo $$ >\(scene.folder("disk"))
            \(BuiltPrograms.trustctl) \(command.rawValue) --config \(scene.operator.settings)
            echo "ended with $?"
            exec cat
            """
        let screen = try TerminalScreen(["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script], in: scene.folder)
        try screen.waitForPrompt(command.keys)
        let process = try #require(pid_t(try scene.folder.read("disk").filter(\.isNumber)))
        return (screen, Disk(scene: scene, process: process))
    }

    /// Presses the key that decides about `client`, on its card, and answers what is asked then.
    private func press(_ key: String, on command: Command, about client: ClientCertificate, _ screen: TerminalScreen) throws {
        if command == .watch {
            if !showsCard(screen) {
                try screen.waitFor("> \(client.fingerprint.description.prefix(16))")
                try screen.press("Enter")
            }
            try waitUntil("the card asks:\n\(screen.text)") { showsCard(screen) }
        }
        func answered() -> Int { said(screen).split(separator: "qquit:\(key)", omittingEmptySubsequences: false).count }
        let before = answered()
        try screen.type(key)
        if command == .review { try waitUntil("the key is taken:\n\(screen.text)") { answered() > before } }
        guard key == "a" else { return }
        try screen.waitForPrompt("label (Enter for none):")
        try screen.type("alice\n")
    }

    /// All that it has said, without blanks and line ends: the terminal breaks long messages somewhere.
    private func said(_ screen: TerminalScreen) -> String { screen.everything.joined().filter { $0 != " " } }

    /// On the screen of `watch`; what a decision tells stands in the ordinary terminal.
    private func showsCard(_ screen: TerminalScreen) -> Bool { screen.isTaken && screen.text.contains("Let this certificate relay?") }

    /// Waits until a decision has been refused, the `number`th, with the reason on the screen, and the same can be decided again.
    private func waitForRefusal(_ number: Int, _ command: Command, _ screen: TerminalScreen) throws {
        try waitUntil("it says that the disk is full:\n\(screen.text)") {
            let said = said(screen)
            return ["refused:nothinghaschanged:", "Nospaceleftondevice"].allSatisfy { said.split(separator: $0).count == number + 1 }
        }
        try screen.waitForPrompt(command == .review ? command.keys : Self.pause)
        if command == .watch { try goBack(screen) }
    }

    /// From what was told to the card.
    private func goBack(_ screen: TerminalScreen) throws {
        try screen.type("x")
        try waitUntil("the card asks again:\n\(screen.text)") { showsCard(screen) }
    }

    /// Whether it asks for the next key, or has ended.
    private func hasAsked(_ command: Command, _ screen: TerminalScreen) -> Bool {
        let last = screen.rows.last ?? ""
        return last.hasSuffix(command.keys) || last.hasSuffix(Self.pause) || last.hasPrefix("ended with")
    }

    /// What `watch` asks after it has told something.
    private static let pause = "press a key to go back to the table"

    @Test("each key is refused, said so on the screen, and works when there is room again", arguments: Command.allCases)
    func refused(command: Command) throws {
        try RelayScene.run { scene in
            let clients = try ["alice", "bob", "carol"].map { try scene.makeClient($0) }
            let now = Timestamp.now
            for (index, client) in clients.enumerated() { try scene.folder.queue(client, secondsAgo: Int64(100 + index), before: now) }
            let (screen, disk) = try start(command, scene)
            for (index, key) in ["a", "d", "f"].enumerated() {
                let client = clients[index]
                try disk.fill()
                let before = disk.decisions
                try press(key, on: command, about: client, screen)
                try waitForRefusal(index + 1, command, screen)
                try disk.expectWhole(client, isTrusted: false, screen)
                #expect(disk.decisions == before)
                #expect(File.exists(scene.folder("state/pending/\(client.fingerprint)")))
                disk.makeRoom()
                try press(key, on: command, about: client, screen)
                try waitUntil("it is decided:\n\(screen.text)") { disk.decisions.count == before.count + 1 }
                try waitUntil("the next is shown:\n\(screen.text)") { hasAsked(command, screen) }
                try disk.expectWhole(client, isTrusted: key == "a", screen)
                #expect(!File.exists(scene.folder("state/pending/\(client.fingerprint)")))
            }
            let all = try disk.trustctl("list", "--state", "all", "--json")
            #expect(all.output.contains("\"denied\"") && all.output.contains("\"alice\""), "\(all)")
        }
    }

    @Test("with room for the journal only an approval is undone, and review and watch go on", arguments: Command.allCases, [1, 2])
    func inBetween(command: Command, pages: Int) throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.folder.queue(alice)
            let (screen, disk) = try start(command, scene)
            try disk.fill(leaving: pages)
            try press("a", on: command, about: alice, screen)
            try waitUntil("something came of it:\n\(screen.text)") { hasAsked(command, screen) }
            let isDone = disk.decisions.count == 1
            try disk.expectWhole(alice, isTrusted: isDone, screen)
            #expect(File.exists(scene.folder("state/pending/\(alice.fingerprint)")) != isDone)
            if pages == 1 {
                let said = said(screen)
                #expect(!isDone && said.contains("undone:theoldlistisliveagain:"), "\(screen.text)")
                #expect(said.contains("Nospaceleftondevice") && said.contains("hint:freespaceonthefilesystem"), "\(screen.text)")
                if command == .watch { try goBack(screen) }
                disk.makeRoom()
                try press("a", on: command, about: alice, screen)
                try waitUntil("it is decided:\n\(screen.text)") { disk.decisions.count == 1 }
                try waitUntil("all is told:\n\(screen.text)") { hasAsked(command, screen) }
            }
            try disk.expectWhole(alice, isTrusted: true, screen)
        }
    }

    @Test("a denial with room for the journal only is finished when there is room", arguments: Command.allCases)
    func denial(command: Command) throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.folder.queue(alice)
            let (screen, disk) = try start(command, scene)
            try disk.fill(leaving: 1)
            try press("d", on: command, about: alice, screen)
            try waitUntil("something came of it:\n\(screen.text)") { hasAsked(command, screen) }
            // What takes trust away is never undone for want of room, and what comes next must write it.
            let said = said(screen)
            #expect(said.contains("stuck:thechangeislive,butnotwrittentotheledger:"), "\(screen.text)")
            #expect(said.contains("Nospaceleftondevice") && said.hasSuffix("endedwith70"), "\(screen.text)")
            #expect(disk.decisions.isEmpty && disk.names.contains("journal"), "\(screen.text)")
            #expect(try scene.reply(to: alice) == 550)
            disk.makeRoom()
            let next = try disk.trustctl("deny", "\(alice.fingerprint)", "--yes")
            #expect(next.exitCode == 0 && next.errors.contains("an interrupted change was finished: deny"), "\(next)")
            try disk.expectWhole(alice, isTrusted: false, screen)
            let denied = try disk.trustctl("list", "--state", "denied", "--json")
            #expect(denied.output.contains("\(alice.fingerprint)") && disk.decisions.count == 1, "\(denied)")
        }
    }
}
