import EximControl
import Glibc
package import Host
package import Setup
package import SystemPackage
package import Trust
package import TrustCore

/// Makes this host's Exim send its mail to the pinned relay, or takes that back.
package struct ClientMailSetup: SetupProposal {
    /// Nil: everything is taken back.
    package let snippets: ClientSnippets?
    package let transition: SetupTransition
    package let plan: TrustPlan?
    private let survey: SetupSurvey
    private let debian: DebianClient?

    package let notes: [String]
    package var isLogged: Bool { false }

    /// The file of the record of what client setup has changed.
    package static func record(_ configuration: Configuration) -> FilePath { configuration.ledger.appending("client-setup") }

    /// Asks Exim what is there, and plans. `folder` is the client's own.
    package init(
        _ snippets: ClientSnippets?, in folder: ClientFolder, _ local: LocalTrust, reason: String?, by operator: Operator
    ) throws(Failure) {
        let file = try SetupRecord.File(at: Self.record(local.configuration))
        let survey = try SetupSurvey(local.configuration, settings: local.file, record: file.record)
        let debian = try snippets.map { snippets throws(Failure) in try Self.debian(snippets, folder, survey) }
        let wanted = try debian.map { debian throws(Failure) in
            try debian.plan { path throws(Failure) in try survey.files.base(path) }
        }
        transition = try SetupTransition(
            from: file.record, to: wanted ?? [], trust: nil, folders: [], now: survey.files.now)
        plan = try TrustPlan.setup(transition, record: file, trust: nil, reason: reason, by: `operator`) { () throws(Failure) in
            // A client may be a relay too. Then it trusts the same certificates afterwards.
            let trusted = try survey.trusted()
            return .init(before: trusted, after: trusted)
        }
        (self.snippets, self.survey, self.debian) = (snippets, survey, debian)
        // What is not ours any more stays.
        let taken = snippets == nil ? SmarthostSettings.takenOver(in: try survey.files.now(SmarthostSettings.file) ?? []) : []
        notes =
            taken.isEmpty
            ? []
            : [
                "dpkg-reconfigure has made \(taken.joined(separator: " ")) its own, and it stays: `dpkg-reconfigure exim4-config` chooses"
                    + " where mail goes"
            ]
    }

    /// What this Exim needs. Throws with instructions where its configuration is not Debian's.
    private static func debian(
        _ snippets: ClientSnippets, _ folder: ClientFolder, _ survey: SetupSurvey
    ) throws(Failure) -> DebianClient {
        let exim = try survey.eximWithoutSetup()
        let main = try survey.mainConfiguration()
        guard DebianConfiguration.generates(main) else {
            throw Failure(
                byHand: ByHand(
                    reason: "\(main) is not Debian's generated configuration, and trustctl cannot know which router is the first in it",
                    insertions: [.init(place: "\(main)", text: snippets.text(for: .exim))],
                    afterwards: ["exim -bV", "trustctl client check \(snippets.relay)"]))
        }
        let settings = try survey.asking { () throws(EximError) in
            let answers = try exim.answers(options: ["spool_directory"], macros: [DebianClient.typeMacro, DebianClient.hostMacro])
            return SmarthostSettings(
                for: snippets, type: answers[DebianClient.typeMacro], host: answers[DebianClient.hostMacro], isSplit: try exim.isSplit(),
                library: answers.library)
        }
        // In that list of Debian's a colon separates.
        if settings.setsSmarthost, snippets.relay.host.contains(":") {
            throw Failure(
                "an IPv6 address cannot be made the smarthost in \(SmarthostSettings.file)", .notSound,
                hint: "pin the relay by its name, and repeat the command with that")
        }
        let debian = DebianClient(snippets: snippets, settings: settings, folder: folder.path)
        try checkReadable(snippets.key, by: try survey.group())
        return debian
    }

    /// Exim delivers as its own user: if that user cannot read the key, all mail waits.
    private static func checkReadable(_ key: FilePath, by group: UInt32?) throws(Failure) {
        var status = stat()
        guard stat(key.string, &status) == 0 else { throw Failure(SystemError("stat", key)) }
        guard let group, status.st_gid == group, status.st_mode & 0o040 != 0 else {
            let name = group.flatMap { getgrgid($0) }.map { String(cString: $0.pointee.gr_name) } ?? "GROUP"
            throw Failure("Exim cannot read \(key)", .notSound, hint: "chgrp \(name) \(key); chmod 0640 \(key)")
        }
    }

    /// The client's folder was checked when it was read. To take everything back, nothing in it has to be trusted.
    package func checkOwners() throws(Failure) {}

    package func pause() { survey.pause() }

    /// Asks Exim what the transport would do with the candidates: without the pin if the administrator has defined a macro of his own, or
    /// if another file is read between the transport's and ours.
    package func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String] {
        guard let debian else { return [] }
        try survey.resume()
        do throws(EximError) {
            let exim = try survey.exim(with: candidates)
            let answers = try exim.answers(options: ["spool_directory"], macros: [DebianClient.typeMacro, DebianClient.hostMacro])
            let settings = SmarthostSettings(
                for: debian.snippets, type: answers[DebianClient.typeMacro], host: answers[DebianClient.hostMacro],
                isSplit: debian.settings.isSplit, library: answers.library)
            guard settings.changes.isEmpty else {
                throw .refused("with these files \(settings.changes.joined(separator: " ")) would still not be in effect")
            }
            let values = try exim.transport(DebianClient.transport)
            for (option, meant) in debian.expected.sorted(by: { $0.key < $1.key }) where values[option] != meant {
                let found = Printable(values[option] ?? "", limit: 200)
                throw .refused("\(DebianClient.transport) would have \(option) = “\(found)”, not “\(meant)”")
            }
        } catch { throw Failure(error) }
        return []
    }
}
