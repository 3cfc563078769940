import Glibc
import Testing
import TrustTestSupport

/// The file that people edit too.
@Suite("The trust list as a file")
struct ListFileTests {
    private static let one = String(repeating: "AB", count: 32)
    private static let two = String(repeating: "CD", count: 32)

    private func inside(hashes: String = "") -> EximConfiguration {
        var configuration = EximConfiguration()
        configuration.list = .inside
        configuration.hashes = hashes
        return configuration
    }

    @Test("a hash added by hand keeps working, and is listed as approved by hand", arguments: EximConfiguration.List.allCases)
    func byHand(list: EximConfiguration.List) throws {
        var configuration = EximConfiguration()
        configuration.list = list
        try RelayScene.run(configuration) { scene in
            let alice = try scene.makeClient("alice")
            configuration.hashes = "\(alice.fingerprint)"
            try scene.writeConfiguration(configuration)
            try scene.exim.reload()
            let bob = try scene.makeClient("bob")
            let outcome = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.reply(to: bob) == 250)
            let entry = try #require(try scene.operator.entries("approved").first { $0.fingerprint == "\(alice.fingerprint)" })
            #expect(entry.state == "approved")
            #expect(entry.decided_at == nil)
            #expect(try scene.trustctl("list", "--state", "approved").output.contains("by hand"))
        }
    }

    @Test("a change keeps every other byte of the file, its owner, mode, attributes and link")
    func inPlace() throws {
        try RelayScene.run(inside()) { scene in
            // Some administrators keep it so: /etc/exim4/exim.conf is a link into a folder under version control.
            let real = scene.folder("etc/real.conf")
            try ProgramRun.run("mv", [scene.folder("exim.conf"), real])
            symlink(real, scene.folder("exim.conf"))
            chmod(real, 0o640)
            chown(real, 0, Owner.exim.gid)
            let marked = try ProgramRun.run("setfattr", ["--name=user.origin", "--value=kept", real])
            #expect(marked.exitCode == 0, "\(marked)")
            let before = try File.read(real)

            let alice = try scene.makeClient("alice")
            let outcome = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(try scene.reply(to: alice) == 250)

            let shape = try ProgramRun.run("stat", ["--format=%F %U:%G %a", scene.folder("exim.conf"), real])
            #expect(shape.output == "symbolic link root:root 777\nregular file root:Debian-exim 640\n")
            let attribute = try ProgramRun.run("getfattr", ["--only-values", "--name=user.origin", real])
            #expect(attribute.output == "kept")
            let halves = before.split(separator: "RELAY_FROM_CERTS = \n", maxSplits: 1)
            let after = try File.read(real)
            #expect(halves.count == 2)
            #expect(after.hasPrefix(halves[0]) && after.hasSuffix(halves[1]))

            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    /// The definition, the line in it that is not understood (counted from the definition's first line), and what it is.
    static let notUnderstood: [(text: String, line: Int, what: String)] = [
        ("RELAY_FROM_CERTS = ${lookup{${sha256:$tls_in_peercert}}lsearch{/etc/hosts}}", 1, "a lookup"),
        ("OTHER_CERTS = \(one)\nRELAY_FROM_CERTS = OTHER_CERTS", 2, "another macro"),
        ("RELAY_FROM_CERTS = \(one)\nRELAY_FROM_CERTS == \(two)", 2, "two definitions"),
        (".ifdef SOMETHING\nRELAY_FROM_CERTS = \(one)\n.endif\n.ifndef SOMETHING\nRELAY_FROM_CERTS = \(two)\n.endif", 2, "a conditional"),
        ("RELAY_FROM_CERTS = \(one.lowercased())", 1, "a spelling that Exim never matches"),
        ("RELAY_FROM_CERTS = \(one) : whatever", 1, "a word that is not a hash"),
    ]

    @Test("a list that is not understood is refused with file and line, and nothing is written", arguments: notUnderstood.indices)
    func syntax(index: Int) throws {
        let (definition, line, what) = Self.notUnderstood[index]
        try RelayScene.run(inside()) { scene in
            let text = try scene.folder.read("exim.conf").replacing("RELAY_FROM_CERTS = \n", with: definition + "\n")
            try scene.folder.write("exim.conf", text)
            let first = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
                $0.hasPrefix(String(definition.prefix { $0 != "\n" }))
            }
            let number = try #require(first) + line
            let outcome = try scene.trustctl("approve", Self.two, "--yes")
            #expect(outcome.exitCode == 78, "\(what): \(outcome)")
            #expect(outcome.errors.contains("\(scene.listOnDisk):\(number)"), "\(what): \(outcome)")
            #expect(scene.listText == text)
        }
    }

    @Test("a list that others may write is refused", arguments: [mode_t(0o664), 0o646])
    func writable(mode: mode_t) throws {
        try RelayScene.run { scene in
            chmod(scene.listOnDisk, mode)
            let outcome = try scene.trustctl("approve", Self.two, "--yes")
            #expect(outcome.exitCode == 78, "\(outcome)")
            #expect(outcome.errors.contains(scene.listOnDisk), "\(outcome)")
            #expect(try scene.trusted.isEmpty)
        }
    }

    @Test("an unknown key or bad value in trustd.conf stops both programs with file and line")
    func settings() throws {
        try RelayScene.run { scene in
            for mistake in ["no_such_key = 1", "max_pending = many", "reload = perhaps", "list = relative/path"] {
                try scene.folder.write("etc/trustd.conf", "# first line\n\(mistake)\n")
                for command in [[BuiltPrograms.trustctl, "list"], [BuiltPrograms.trustd, "--once"]] {
                    let arguments = Array(command.dropFirst()) + ["--config", scene.operator.settings]
                    let outcome = try ProgramRun.run(command[0], arguments)
                    #expect(outcome.exitCode == 78, "\(outcome)")
                    #expect(outcome.errors.contains("\(scene.operator.settings):2"), "\(outcome)")
                }
            }
        }
    }

    @Test("the shipped trustd.conf is valid, and holds every key with its default")
    func shippedSettings() throws {
        let text = try File.read("\(ShippedFiles.project)/etc/trustd.conf")
        let uncommented = text.split(separator: "\n").filter { $0.hasPrefix("#") && !$0.hasPrefix("# ") }.map { $0.dropFirst() }
        #expect(uncommented.count == 25)
        try RelayScene.run { scene in
            try scene.folder.write("etc/trustd.conf", text)
            let shipped = try scene.trustctl("list")
            try scene.folder.write("etc/trustd.conf", uncommented.joined(separator: "\n") + "\n")
            let spelled = try scene.trustctl("list")
            #expect(shipped.exitCode != 78, "\(shipped)")
            #expect(spelled.exitCode == shipped.exitCode && spelled.text == shipped.text, "\(spelled)")
        }
    }
}
