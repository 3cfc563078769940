import Testing
import TrustCore
import TrustTestSupport

/// What the Tab key offers, in the real shells.
@Suite("Completion in bash, zsh and fish")
struct CompletionTests {
    enum Shell: String, CaseIterable { case bash, zsh, fish }

    /// Starts the shell with the script that trustctl writes for it, and nothing of the machine's own.
    private func start(_ shell: Shell, in folder: SceneFolder) throws -> TerminalScreen {
        let script = try ProgramRun.run(BuiltPrograms.trustctl, ["--generate-completion-script", shell.rawValue])
        guard script.exitCode == 0 else { throw NothingCame(description: "\(script)") }
        try folder.makeFolder("bin")
        try folder.write("bin/trustctl", "#!/bin/sh\nexec \(BuiltPrograms.trustctl) \"$@\"\n", mode: 0o755)
        try folder.makeFolder("files")
        try folder.write("files/alice-certificate.pem", "")
        let path = "PATH=\(folder("bin")):/usr/bin:/bin"
        let command: [String]
        switch shell {
        case .bash:
            try folder.write(
                "rc", script.output + "\nPS1='ready> '\nbind 'set enable-bracketed-paste off'\ncd \(folder("files"))\n")
            command = ["bash", "--noprofile", "--rcfile", folder("rc"), "-i"]
        case .zsh:
            try folder.write("bin/_trustctl", script.output)
            try folder.write(
                ".zshrc",
                "fpath=(\(folder("bin")) $fpath)\nautoload -U compinit\ncompinit -u -d \(folder("dump"))\nPS1='ready> '\ncd \(folder("files"))\n"
            )
            command = ["zsh", "-d", "-i"]
        case .fish:
            try folder.write("script.fish", script.output)
            let greeting = "set -g fish_greeting; function fish_prompt; printf 'ready> '; end; set -g fish_autosuggestion_enabled 0"
            command = [
                "fish", "--no-config", "-i", "-C", "\(greeting); source \(folder("script.fish")); cd \(folder("files"))",
            ]
        }
        let screen = try TerminalScreen(
            ["env", path, "ZDOTDIR=\(folder.path)", "HOME=\(folder.path)", "XDG_CONFIG_HOME=\(folder.path)"] + command,
            columns: 200, rows: 50, in: folder)
        try screen.waitForPrompt("ready>")
        return screen
    }

    /// Types a command line in a new shell, and presses Tab until the screen shows `expected`; what it shows then.
    @discardableResult
    private func offers(_ shell: Shell, in folder: SceneFolder, _ line: String, _ expected: [String]) throws -> String {
        let screen = try start(shell, in: folder)
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
        return screen.text
    }

    @Test("commands, options, files, those that wait and decisions", arguments: Shell.allCases)
    func offered(shell: Shell) throws {
        try QueueScene.run { scene in
            let laptop = try ClientCertificate("laptop", in: scene.folder)
            try scene.add(laptop.fingerprint, secondsAgo: 60, certificate: laptop)
            let other = try QueueScene.fingerprint(0xAB)
            try scene.add(other)
            let denied = try QueueScene.fingerprint(0xCD)
            #expect(try scene.operator.trustctl("deny", "\(denied)", "--yes").exitCode == 0)
            try offers(shell, in: scene.folder, "trustctl app", ["trustctl approve"])
            try offers(shell, in: scene.folder, "trustctl approve --cert", ["--certificate"])
            try offers(shell, in: scene.folder, "trustctl approve --certificate ali", ["alice-certificate.pem"])
            try offers(shell, in: scene.folder, "trustctl client pin mail.example --expect-from ali", ["alice-certificate.pem"])
            let config = "--config \(scene.folder("conf"))"
            let beginning = "\(laptop.fingerprint)".prefix(16)
            try offers(shell, in: scene.folder, "trustctl approve \(config) ", [String(beginning), "00000000000000AB", "CN=laptop"])
            try offers(shell, in: scene.folder, "trustctl approve \(config) \(beginning.prefix(8))", [String(beginning)])
            try offers(shell, in: scene.folder, "trustctl undo \(config) ", shell == .bash ? ["undo \(config) 1"] : ["1"])
        }
    }

    @Test("labels of those that are approved, with what they are, and of those that were", arguments: Shell.allCases)
    func labels(shell: Shell) throws {
        try RelayScene.run { scene in
            for name in ["alice.laptop", "bob-desktop", "carol"] { try scene.approve(try scene.makeClient(name), label: name) }
            // It would need quotes, which a shell's script cannot add.
            try scene.approve(try scene.makeClient("dave"), label: "dave, at home")
            #expect(try scene.trustctl("revoke", "carol", "--yes").exitCode == 0)
            let waiting = try scene.makeClient("erin")
            try scene.folder.queue(waiting)
            let config = "--config \(scene.operator.settings)"
            let states = ["alice.laptop", "bob-desktop", "carol", "approved", "revoked"]
            let all = try offers(shell, in: scene.folder, "trustctl revoke \(config) ", states)
            #expect(!all.contains("dave") && !all.contains("\(waiting.fingerprint)".prefix(16)), "\(all)")
            // What is begun is ended.
            try offers(shell, in: scene.folder, "trustctl revoke \(config) ali", ["\(config) alice.laptop"])
            for (command, option) in [("label", ""), ("note", ""), ("history", "--label "), ("approve", "--replaces ")] {
                try offers(shell, in: scene.folder, "trustctl \(command) \(config) \(option)bo", ["bob-desktop"])
            }
            // Where one that waits can be named too, both are there.
            let both = ["bob-desktop", "\(waiting.fingerprint)".prefix(16).description, "CN=erin"]
            try offers(shell, in: scene.folder, "trustctl show \(config) ", both)
        }
    }

    @Test("The attack: a subject with a command in it is not run by a shell that completes", arguments: Shell.allCases)
    func subjectWithACommand(shell: Shell) throws {
        try QueueScene.run { scene in
            let evil = try ClientCertificate(
                "evil", subject: "a$(touch \(scene.folder("owned")))`touch \(scene.folder("owned"))`;b", in: scene.folder)
            try scene.add(evil.fingerprint, certificate: evil)
            try scene.add(try QueueScene.fingerprint(0xAB))
            let beginning = "\(evil.fingerprint)".prefix(16).description
            try offers(shell, in: scene.folder, "trustctl deny --config \(scene.folder("conf")) ", [beginning])
            #expect(!File.exists(scene.folder("owned")))
        }
    }
}
