import Certificates
import EximControl
import Host
import SystemPackage
import TrustCore

/// The CA that a setup lets in, with what Exim calls it.
struct ChosenAuthority {
    let authority: TrustedAuthority
    let rules: AuthorityRules

    /// Nil unless trust is by a CA: that of `request`, else that of the setup that is in force.
    init?(_ request: RelaySetup.Request, _ survey: SetupSurvey) throws(Failure) {
        let record = survey.files.record
        guard (request.way ?? (request.authority == nil ? record?.trust : .authority)) == .authority else { return nil }
        let configuration = survey.configuration
        let folder = survey.files.resolved(configuration.authority)
        let source: FilePath
        if let file = request.authority {
            (authority, source) = (try TrustedAuthority(file: file), file)
        } else if let known = record?.files.first(where: { $0.file.removingLastComponent() == folder }) {
            (authority, source) = (try TrustedAuthority(Array(known.after), name: known.path), known.file)
        } else {
            throw Failure("nothing has changed: which CA is not known", .usage, hint: "name its certificate: --trust ca --ca FILE")
        }
        var rules = AuthorityRules(
            folder: folder, revoked: survey.files.resolved(configuration.revoked), issued: survey.files.resolved(configuration.issued),
            source: source, fileName: authority.fileName)
        for path in [rules.folder, rules.revoked, rules.issued] { try SetupPlaces.requirePlain(path) }
        let question: IssuerName
        do { question = try IssuerName(of: authority.certificate) } catch { throw Failure(error.description, .notSound) }
        rules.name = try survey.asking { () throws(EximError) in
            let answers = try survey.exim().answers(options: ["spool_directory"])
            if let obstacle = answers.obstacleToFolder { throw EximError.cannotRun("its clients could not be revoked here: \(obstacle)") }
            return try question.asked(of: configuration, scratch: survey.scratch)
        }
        self.rules = rules
    }

    /// The file by which Exim trusts it.
    var file: WantedFile {
        WantedFile(
            path: rules.file, base: nil, after: authority.text,
            purpose: "the CA whose clients may relay, under the name by which OpenSSL looks for it")
    }
}
