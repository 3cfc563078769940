import Glibc
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host
@testable import Trust

/// The built program with Debian's generated configuration, where mounting is not permitted. No daemon runs: `reload = none`.
@Suite("Where no mount is permitted")
struct NoMountTests {
    /// Copies Debian's configuration into `folder`, with `text` as the macros.
    private func lay(split: Bool, _ text: String, in folder: SceneFolder) throws {
        try ProgramRun.run("cp", ["--archive", "/etc/exim4", folder("etc")])
        for own in ["exim4.conf", "exim4.conf.localmacros", "conf.d/main/00_trustd", "conf.d/main/000_localmacros"] {
            unlink(folder("etc/\(own)"))
        }
        for name in ["lib", "ledger", "state", "certs"] { try folder.makeFolder(name) }
        try folder.write(
            "etc/update-exim4.conf.conf", "dc_eximconfig_configtype='local'\ndc_use_split_config='\(split)'\nCFILEMODE='644'\n")
        try folder.write(split ? "etc/conf.d/main/00_trustd" : "etc/exim4.conf.localmacros", text)
    }

    private func configure(list: String, in folder: SceneFolder) throws {
        try folder.write(
            "conf",
            "state = \(folder("state"))\nlist = \(list)\ncertificates = \(folder("certs"))\nledger = \(folder("ledger"))\nreload = none\n")
    }

    /// Runs a command with the copies mounted over the real folders, and without the right to mount.
    private func inside(_ folder: SceneFolder, _ words: String...) throws -> ProgramRun.Outcome {
        let script = """
            mount --bind '\(folder("etc"))' /etc/exim4 && mount --bind '\(folder("lib"))' /var/lib/exim4 && update-exim4.conf \
            && exec setpriv --inh-caps=-sys_admin --bounding-set=-sys_admin -- "$@"
            """
        return try ProgramRun.run("unshare", ["--mount", "--propagation", "private", "sh", "-c", script, "sh"] + words)
    }

    private func trustctl(_ folder: SceneFolder, _ action: String, _ hash: String) throws -> ProgramRun.Outcome {
        try inside(folder, BuiltPrograms.trustctl, action, hash, "--yes", "--config", folder("conf"))
    }

    private func trusted(_ folder: SceneFolder) throws -> String {
        try inside(folder, PrivateExim.binary, "-bP", "macro", ListForm.macroName).output
    }

    @Test("mounting is not permitted in this test's container") func premise() throws {
        try inFolder { folder throws in
            try lay(split: true, "", in: folder)
            let outcome = try inside(folder, "mount", "--bind", folder("etc"), folder("etc"))
            #expect(outcome.exitCode != 0 && outcome.errors.contains("mount"), "\(outcome)")
        }
    }

    @Test("a change of an included list is checked with copies", arguments: [true, false]) func included(split: Bool) throws {
        try inFolder { folder throws in
            try lay(split: split, ".include \(folder("list"))\n", in: folder)
            try folder.write("list", "RELAY_FROM_CERTS =\n")
            try configure(list: folder("list"), in: folder)
            try change(in: folder)
        }
    }

    @Test("a change of one of Debian's own files is checked with copies", arguments: [true, false]) func own(split: Bool) throws {
        try inFolder { folder throws in
            try lay(split: split, "RELAY_FROM_CERTS =\n", in: folder)
            try configure(list: split ? "/etc/exim4/conf.d/main/00_trustd" : "/etc/exim4/exim4.conf.localmacros", in: folder)
            try change(in: folder)
        }
    }

    private func change(in folder: SceneFolder) throws {
        for (action, value) in [("approve", "RELAY_FROM_CERTS=\(Some.a)\n"), ("revoke", "RELAY_FROM_CERTS=\n")] {
            let outcome = try trustctl(folder, action, Some.a)
            #expect(outcome.exitCode == 0, "\(outcome)")
            let known = try trusted(folder)
            #expect(known == value)
            #expect(File.names(in: folder("ledger")) == ["denied", "ledger", "lock"])
        }
    }

    @Test("an override, and a list that is not included, are found on copies too", arguments: [true, false])
    func overridden(split: Bool) throws {
        for macros in [".include @\nRELAY_FROM_CERTS ==\n", "# .include @\n"] {
            try inFolder { folder throws in
                try lay(split: split, macros.replacing("@", with: folder("list")), in: folder)
                try folder.write("list", "RELAY_FROM_CERTS =\n")
                try configure(list: folder("list"), in: folder)
                let outcome = try trustctl(folder, "approve", Some.a)
                #expect(outcome.exitCode == ExitStatus.refused.rawValue, "\(outcome)")
                #expect(try folder.read("list") == "RELAY_FROM_CERTS =\n")
            }
        }
    }

    @Test("setup plans and checks on copies, and says that it has rehearsed no session", arguments: [true, false]) func setup(split: Bool)
        throws
    {
        try inFolder { folder throws in
            try lay(split: split, "OURS = a : \\", in: folder)
            if split {
                try ProgramRun.run("mv", [folder("etc/conf.d/main/00_trustd"), folder("etc/conf.d/main/000_localmacros")])
            }
            try configure(list: folder("list"), in: folder)
            let before = try ProgramRun.run("sh", ["-c", "cd '\(folder("etc"))' && find . -type f | sort | xargs sha256sum"]).output
            let made = try inside(folder, BuiltPrograms.trustctl, "setup", "--yes", "--config", folder("conf"))
            #expect(made.exitCode == 0 && made.errors.contains("nothing can be mounted here"), "\(made)")
            let way = try inside(folder, PrivateExim.binary, "-bP", "macro", "TRUSTD_TRUST")
            #expect(way.output == "TRUSTD_TRUST=fingerprint\n", "\(way)")
            let removed = try inside(folder, BuiltPrograms.trustctl, "setup", "--remove", "--yes", "--config", folder("conf"))
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try ProgramRun.run("sh", ["-c", "cd '\(folder("etc"))' && find . -type f | sort | xargs sha256sum"]).output == before)
            #expect(File.names(in: folder("ledger")) == ["denied", "ledger", "lock"])
        }
    }
}
