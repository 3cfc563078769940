/// Debian packages that cannot be installed beside Exim, unpacked in a scene's folder.
package struct UnpackedPackages: Sendable {
    package let root: String

    /// Why they cannot be fetched, in apt's first words: there may be no network.
    package struct Missing: Error { package let reason: String }

    package init(_ names: [String], in folder: SceneFolder) throws {
        try folder.makeFolder("packages")
        root = folder("packages")
        let fetched = try ProgramRun.run(
            "sh", ["-c", "cd '\(root)' && apt-get --quiet --quiet -o APT::Sandbox::User=root download \(names.joined(separator: " "))"],
            timeout: .seconds(300))
        guard fetched.exitCode == 0 else { throw Missing(reason: fetched.firstLine) }
        let unpacked = try ProgramRun.run("sh", ["-c", "cd '\(root)' && for one in *.deb; do dpkg -x \"$one\" . || exit 1; done"])
        guard unpacked.exitCode == 0 else { throw NothingCame(description: "\(unpacked)") }
    }
}
