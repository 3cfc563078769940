import EximControl
import Host
import SystemPackage
import Trust

/// Rehearses sessions with the files that a relay's setup is about to make live.
struct RelayRehearsal {
    let survey: SetupSurvey
    let way: WayOfTrust
    /// Where Exim looks for certificates.
    let certificates: FilePath
    /// The form in which Exim has the list then.
    let form: ListForm
    /// The CA whose clients are let in.
    var authority: ChosenAuthority?
    /// Whether the rules are setup's own; others do what they do, and need only go on working.
    let isOwn: Bool

    /// False where nothing can be mounted, so nothing can be rehearsed. Throws when a session does not go as it should.
    func play(with candidates: [Program.Substitution]) throws(Failure) -> Bool {
        do throws(Failure) { try survey.resume() } catch { throw Failure(error.messages.joined(separator: "; "), error.exit) }
        defer { survey.pause() }
        do throws(EximError) {
            let exim = try survey.exim(with: candidates)
            guard !exim.isCopied else { return false }
            let trial = try RelayTrial(scratch: survey.scratch, form: form)
            if isOwn {
                try trial.judge(exim, way, certificates: certificates)
                if let authority { try AuthorityTrial(of: authority, exim, survey.scratch, trial).judge() }
            } else if case .broken(let reason) = try trial.practice(exim, certificates: way.needsInstallation ? certificates : nil) {
                throw .notInEffect("in a rehearsal \(reason)")
            }
            return true
        } catch {
            guard case .notInEffect(let reason) = error else { throw Failure(error) }
            throw Failure(
                reason, .refused,
                hint: "other statements of the configuration decide before ours, or without them: `exim -bh 192.0.2.77` shows how;"
                    + " tls_advertise_hosts must offer TLS")
        }
    }
}
