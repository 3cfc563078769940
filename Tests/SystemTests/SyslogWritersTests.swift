import Testing
import TrustTestSupport

/// What syslog programs make of a real Exim's lines. They are Debian's, unpacked, each with a /dev/log of its own in a private namespace.
@Suite("trustd reads Exim's lines from the files of Debian's syslog programs", .serialized)
struct SyslogWritersTests {
    static let fingerprint = "D438CF70A1B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C"
    /// Of 1,290 bytes, in base64: Exim cuts the line in three, and takes no more on its command line.
    static let certificate = String(repeating: "QUJD", count: 430)

    /// Starts `daemon` in an own namespace, has Exim log our line through it into `files`, and returns what trustd takes them for.
    private func explained(
        _ packages: [String], _ files: [String], in folder: SceneFolder, daemon: (_ root: String) -> String
    ) throws -> [String] {
        let unpacked: UnpackedPackages
        do { unpacked = try UnpackedPackages(packages, in: folder) } catch let missing as UnpackedPackages.Missing {
            try Skipping.skip(because: "the package \(packages[0]) cannot be fetched: \(missing.reason)")
        }
        try folder.makeFolder("spool", owner: .exim)
        try folder.write(
            "exim.conf",
            "spool_directory = \(folder("spool"))\nlog_file_path = syslog\nlog_selector = +pid\nkeep_environment =\n")
        let text =
            "Attempt to relay from a certificate which has not been explicitly allowed: \(Self.fingerprint) [192.0.2.7] \(Self.certificate)"
        let arrived = files.map { "grep -q '3/3' '\(folder($0))' 2>/dev/null" }.joined(separator: " && ")
        let script = """
            mount -t tmpfs none /dev; : >/dev/null
            \(daemon(unpacked.root)) >'\(folder("out"))' 2>&1 &
            until [ -S /dev/log ]; do kill -0 $! || exit 1; sleep 0.02; done
            '\(PrivateExim.binary)' -C '\(folder("exim.conf"))' -z '\(text)'
            until \(arrived); do kill -0 $! || exit 1; sleep 0.02; done
            kill $!; wait $! || :
            """
        let run = try ProgramRun.run("unshare", ["--mount", "--propagation", "private", "sh", "-ec", script], timeout: .seconds(300))
        #expect(run.exitCode == 0, "\(run) \((try? folder.read("out")) ?? "")")
        return try files.map { file in
            try ProgramRun.run(BuiltPrograms.trustd, ["--explain"], input: try folder.read(file)).output
        }
    }

    private func expectSighting(_ said: [String]) {
        for text in said {
            let sighting = text.split(separator: "\n").filter { $0.hasPrefix("sighting ") }
            #expect(sighting.count == 1, "\(text)")
            #expect(sighting.first?.contains("\(Self.fingerprint) ") == true && sighting.first?.contains(" address=192.0.2.7 ") == true)
            #expect(sighting.first?.contains("certificate=1290 bytes") == true && sighting.first?.contains(" pid=") == true)
        }
    }

    @Test("rsyslog's four templates for files, RFC 5424 among them") func rsyslog() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let templates = ["SyslogProtocol23Format", "TraditionalFileFormat", "FileFormat", "SysklogdFileFormat"]
        let actions = templates.map { "*.* action(type=\"omfile\" file=\"\(folder($0))\" template=\"RSYSLOG_\($0)\")\n" }.joined()
        try folder.write(
            "rsyslog.conf",
            "module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=\"/dev/log\" CreatePath=\"on\")\n\(actions)")
        expectSighting(
            try explained(["rsyslog", "libestr0", "libfastjson4", "liblognorm5"], templates, in: folder) { root in
                "LD_LIBRARY_PATH=$(echo \(root)/usr/lib/*-linux-gnu) \(root)/usr/sbin/rsyslogd -n -f \(folder("rsyslog.conf"))"
                    + " -i \(folder("pid")) -M $(echo \(root)/usr/lib/*-linux-gnu/rsyslog)"
            })
    }

    @Test("busybox's syslogd, with facility and with -S", arguments: ["", "-S"]) func busybox(option: String) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        expectSighting(
            try explained(["busybox"], ["log"], in: folder) { "\($0)/bin/busybox syslogd -n \(option) -O \(folder("log"))" })
    }
}
