import Testing
import TrustTestSupport

extension NotifyTests {
    @Test("setup asks on a terminal whom to tell, or takes --notify-to; a second setup keeps it, and --remove takes it out")
    func setup() throws {
        try RelayScene.run { scene in
            func settings() throws -> Substring? {
                try scene.folder.read("etc/trustd.conf").split(separator: "\n").last { $0.hasPrefix("notify_to") }
            }
            let screen = try TerminalScreen(
                [BuiltPrograms.trustctl, "setup", "--config", scene.operator.settings], columns: 100, rows: 40, in: scene.folder)
            try screen.waitForPrompt("(Enter for none):")
            try screen.type("all of you\n")
            try screen.waitForPrompt("(Enter for none):")
            try screen.type("ops@relay.example\n")
            try screen.waitForPrompt("[y/N]")
            try screen.type("y\n")
            #expect(try screen.waitForEnd() == 0, "\(screen.text)")
            #expect(try settings() == "notify_to = ops@relay.example")
            #expect(screen.text.contains("systemctl enable --now trustctl-notify.timer"), "\(screen.text)")
            let again = try scene.trustctl("setup", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("already"), "\(again)")
            #expect(try settings() == "notify_to = ops@relay.example")
            #expect(try scene.trustctl("setup", "--notify-to", "root@relay.example", "--yes").exitCode == 0)
            #expect(try settings() == "notify_to = root@relay.example")
            let wrong = try scene.trustctl("setup", "--notify-to", "root", "--yes")
            #expect(wrong.exitCode == 64, "\(wrong)")
            #expect(try scene.trustctl("setup", "--remove", "--yes").exitCode == 0)
            #expect(try settings() == nil)
        }
    }
}
