/// Debian packages that cannot be installed beside Exim, unpacked in a scene's folder.
package struct UnpackedPackages: Sendable {
    package let root: String

    /// Why they cannot be fetched, in apt's first words: there may be no network.
    package struct Missing: Error { package let reason: String }

    /// With `release`, those of another release of Debian than this machine's.
    package init(_ names: [String], of release: String? = nil, in folder: SceneFolder) throws {
        try folder.makeFolder("packages")
        root = folder("packages")
        var environment: [String: String] = [:]
        if let release {
            try Self.readPackages(of: release, in: folder)
            environment = ["APT_CONFIG": folder("packages/apt.conf")]
        }
        let fetched = try ProgramRun.run(
            "sh", ["-c", "cd '\(root)' && apt-get --quiet --quiet -o APT::Sandbox::User=root download \(names.joined(separator: " "))"],
            environment: environment, timeout: .seconds(300))
        guard fetched.exitCode == 0 else { throw Missing(reason: fetched.firstLine) }
        let unpacked = try ProgramRun.run("sh", ["-c", "cd '\(root)' && for one in *.deb; do dpkg -x \"$one\" . || exit 1; done"])
        guard unpacked.exitCode == 0 else { throw NothingCame(description: "\(unpacked)") }
    }

    /// apt with folders of its own, from where this machine has its packages; the machine's lists are not touched.
    private static func readPackages(of release: String, in folder: SceneFolder) throws {
        let mirror = try ProgramRun.run("\(ShippedFiles.project)/Tests/debian-mirror").output.filter { !$0.isNewline }
        for part in ["lists", "lists/partial", "cache", "cache/archives", "cache/archives/partial"] {
            try folder.makeFolder("packages/\(part)")
        }
        try folder.write(
            "packages/sources.list", "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \(mirror) \(release) main\n")
        try folder.write(
            "packages/apt.conf",
            """
            Dir::Etc::sourcelist "\(folder("packages/sources.list"))";
            Dir::Etc::sourceparts "-";
            Dir::State::lists "\(folder("packages/lists"))";
            Dir::Cache "\(folder("packages/cache"))";
            APT::Sandbox::User "root";
            Acquire::Languages "none";

            """)
        let read = try ProgramRun.run(
            "apt-get", ["--quiet", "--quiet", "update", "--error-on=any"], environment: ["APT_CONFIG": folder("packages/apt.conf")],
            timeout: .seconds(300))
        guard read.exitCode == 0 else { throw Missing(reason: read.firstLine) }
    }
}
