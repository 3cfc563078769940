import Testing
import TrustCore
import TrustTestSupport

/// What the Tab key offers, in the real shells.
@Suite("Completion in bash, zsh and fish")
struct CompletionTests {
    enum Shell: String, CaseIterable { case bash, zsh, fish }

    /// Starts the shell with the script that trustctl writes for it, and nothing of the machine's own.
    private func start(_ shell: Shell, _ scene: QueueScene) throws -> TerminalScreen {
        let script = try ProgramRun.run(BuiltPrograms.trustctl, ["--generate-completion-script", shell.rawValue])
        guard script.exitCode == 0 else { throw NothingCame(description: "\(script)") }
        try scene.folder.makeFolder("bin")
        try scene.folder.write("bin/trustctl", "#!/bin/sh\nexec \(BuiltPrograms.trustctl) \"$@\"\n", mode: 0o755)
        try scene.folder.makeFolder("files")
        try scene.folder.write("files/alice-certificate.pem", "")
        let path = "PATH=\(scene.folder("bin")):/usr/bin:/bin"
        let command: [String]
        switch shell {
        case .bash:
            try scene.folder.write(
                "rc", script.output + "\nPS1='ready> '\nbind 'set enable-bracketed-paste off'\ncd \(scene.folder("files"))\n")
            command = ["bash", "--noprofile", "--rcfile", scene.folder("rc"), "-i"]
        case .zsh:
            try scene.folder.write("bin/_trustctl", script.output)
            try scene.folder.write(
                ".zshrc",
                "fpath=(\(scene.folder("bin")) $fpath)\nautoload -U compinit\ncompinit -u -d \(scene.folder("dump"))\nPS1='ready> '\ncd \(scene.folder("files"))\n"
            )
            command = ["zsh", "-d", "-i"]
        case .fish:
            try scene.folder.write("script.fish", script.output)
            let greeting = "set -g fish_greeting; function fish_prompt; printf 'ready> '; end; set -g fish_autosuggestion_enabled 0"
            command = [
                "fish", "--no-config", "-i", "-C", "\(greeting); source \(scene.folder("script.fish")); cd \(scene.folder("files"))",
            ]
        }
        let screen = try TerminalScreen(
            ["env", path, "ZDOTDIR=\(scene.folder.path)", "HOME=\(scene.folder.path)", "XDG_CONFIG_HOME=\(scene.folder.path)"] + command,
            columns: 200, rows: 50, in: scene.folder)
        try screen.waitForPrompt("ready>")
        return screen
    }

    /// Types a command line in a new shell, and presses Tab until the screen shows `expected`.
    private func offers(_ shell: Shell, _ scene: QueueScene, _ line: String, _ expected: [String]) throws {
        let screen = try start(shell, scene)
        try screen.type(line)
        try screen.waitFor(String(line.suffix(12).trimmed))
        try screen.press("Tab")
        var looks = 0
        try waitUntil("“\(line)” offers \(expected):\n\(screen.text)") {
            let text = screen.text
            if expected.allSatisfy(text.contains) { return true }
            looks += 1
            // Some shells list only at the second one.
            if looks % 100 == 0 { try screen.press("Tab") }
            return false
        }
    }

    @Test("commands, options, files, those that wait, labels and decisions", arguments: Shell.allCases)
    func offered(shell: Shell) throws {
        try QueueScene.run { scene in
            let laptop = try ClientCertificate("laptop", in: scene.folder)
            try scene.add(laptop.fingerprint, secondsAgo: 60, certificate: laptop)
            let other = try QueueScene.fingerprint(0xAB)
            try scene.add(other)
            let denied = try QueueScene.fingerprint(0xCD)
            #expect(try scene.operator.trustctl("deny", "\(denied)", "--yes").exitCode == 0)
            try offers(shell, scene, "trustctl app", ["trustctl approve"])
            try offers(shell, scene, "trustctl approve --cert", ["--certificate"])
            try offers(shell, scene, "trustctl approve --certificate ali", ["alice-certificate.pem"])
            try offers(shell, scene, "trustctl client pin mail.example --expect-from ali", ["alice-certificate.pem"])
            let config = "--config \(scene.folder("conf"))"
            let beginning = "\(laptop.fingerprint)".prefix(16)
            try offers(shell, scene, "trustctl approve \(config) ", [String(beginning), "00000000000000AB", "CN=laptop"])
            try offers(shell, scene, "trustctl approve \(config) \(beginning.prefix(8))", [String(beginning)])
            try offers(shell, scene, "trustctl undo \(config) ", shell == .bash ? ["undo \(config) 1"] : ["1"])
        }
    }

    @Test("The attack: a subject with a command in it is not run by a shell that completes", arguments: Shell.allCases)
    func subjectWithACommand(shell: Shell) throws {
        try QueueScene.run { scene in
            let evil = try ClientCertificate(
                "evil", subject: "a$(touch \(scene.folder("owned")))`touch \(scene.folder("owned"))`;b", in: scene.folder)
            try scene.add(evil.fingerprint, certificate: evil)
            try scene.add(try QueueScene.fingerprint(0xAB))
            try offers(shell, scene, "trustctl deny --config \(scene.folder("conf")) ", ["\(evil.fingerprint)".prefix(16).description])
            #expect(!File.exists(scene.folder("owned")))
        }
    }
}
