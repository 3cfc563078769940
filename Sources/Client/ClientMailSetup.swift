import EximControl
import Glibc
package import Host
package import Setup
package import SystemPackage
package import Trust
package import TrustCore

/// Has this host's Exim send its mail to the pinned relay, or takes that back.
package struct ClientMailSetup: SetupProposal {
    /// Nil: all is taken back.
    package let snippets: ClientSnippets?
    package let transition: SetupTransition
    package let plan: TrustPlan?
    private let survey: SetupSurvey
    private let debian: DebianClient?

    package var notes: [String] { [] }
    package var isLogged: Bool { false }

    /// Where the record of what it has changed lies.
    package static func record(_ configuration: Configuration) -> FilePath { configuration.ledger.appending("client-setup") }

    /// Asks Exim what is there, and plans. `folder` is the client's own.
    package init(
        _ snippets: ClientSnippets?, in folder: ClientFolder, _ local: LocalTrust, reason: String?, by operator: Operator
    ) throws(Failure) {
        let file = try SetupRecord.File(at: Self.record(local.configuration))
        let survey = try SetupSurvey(
            local.configuration, settings: ResolvedPath(orAsWritten: local.file), record: file.record, progress: local.progress)
        let debian = try snippets.map { snippets throws(Failure) in try Self.debian(snippets, folder, survey) }
        let wanted = try debian.map { debian throws(Failure) in
            debian.plan(localMacros: debian.isSplit ? nil : try survey.base(DebianClient.localMacros))
        }
        transition = try SetupTransition(from: file.record, to: wanted ?? [], trust: nil, folders: []) { path throws(Failure) in
            try survey.read(path)
        }
        // A client that is a relay too trusts whom it trusted.
        let trusted = try survey.trustedNow()
        plan = TrustPlan.setup(
            transition, record: file, trust: nil, trusted: .init(before: trusted, after: trusted), reason: reason, by: `operator`)
        (self.snippets, self.survey, self.debian) = (snippets, survey, debian)
    }

    /// What Exim is here. Throws with what to paste where it is not Debian's.
    private static func debian(
        _ snippets: ClientSnippets, _ folder: ClientFolder, _ survey: SetupSurvey
    ) throws(Failure) -> DebianClient {
        let exim = try survey.exim(with: survey.basics())
        let main = try survey.asking { () throws(EximError) in
            try EximProgram(survey.configuration, scratch: survey.scratch("")).mainConfiguration()
        }
        guard DebianConfiguration.generates(main) else {
            throw Failure(
                byHand: ByHand(
                    reason: "\(main) is not Debian's generated configuration, and trustctl cannot know which router comes first in it",
                    insertions: [.init(place: "\(main)", text: snippets.text(for: .exim))],
                    afterwards: ["exim -bV", "trustctl client check \(snippets.relay)"]))
        }
        let debian = DebianClient(snippets: snippets, isSplit: try survey.debianIsSplit(), folder: folder.path)
        let answers = try survey.asking { () throws(EximError) in
            try exim.answers(options: ["spool_directory"], macros: [DebianClient.typeMacro, DebianClient.hostMacro])
        }
        do {
            try debian.check(type: answers[DebianClient.typeMacro], host: answers[DebianClient.hostMacro], library: answers.library)
        } catch { throw Failure(byHand: error) }
        try checkReadable(snippets.key, by: try survey.group())
        return debian
    }

    /// Not an attack, but every mail would wait: Exim delivers as its own user.
    private static func checkReadable(_ key: FilePath, by group: UInt32?) throws(Failure) {
        var status = stat()
        guard stat(key.string, &status) == 0 else { throw Failure(SystemError("stat", key)) }
        guard let group, status.st_gid == group, status.st_mode & 0o040 != 0 else {
            let name = group.flatMap { getgrgid($0) }.map { String(cString: $0.pointee.gr_name) } ?? "GROUP"
            throw Failure("Exim may not read \(key)", .notSound, hint: "chgrp \(name) \(key); chmod 0640 \(key)")
        }
    }

    package func pause() { survey.clear() }

    /// Asks Exim, with the candidates in their places, what the transport would do: an administrator's own macro, or a file between the
    /// transport's and ours, would leave the mail without its pin.
    package func judge(_ candidates: [Program.Substitution]) throws(Failure) -> [String] {
        guard let debian else { return [] }
        try survey.makeScratch()
        do throws(EximError) {
            let values = try EximWithCandidates(survey.configuration, candidates, scratch: survey.scratch("")).transport(
                DebianClient.transport)
            for (option, meant) in debian.expected.sorted(by: { $0.key < $1.key }) where values[option] != meant {
                let found = Printable(values[option] ?? "", limit: 200)
                throw .refused("\(DebianClient.transport) would have \(option) = “\(found)”, not “\(meant)”")
            }
        } catch { throw Failure(error) }
        return []
    }
}
