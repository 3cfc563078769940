import EximControl
import Host
import SystemPackage

extension WayOfTrust {
    /// The way that setup chooses for an Exim with this TLS library when nobody has said which.
    static func suiting(_ library: EximAnswers.TLSLibrary) -> WayOfTrust {
        switch library {
        case .openSSL: .directory
        case .gnuTLS, .none: .fingerprint
        }
    }

    /// What Exim must see besides the list to let the trial's client relay; nil when there is no trust directory to put it into. The caller
    /// removes the candidates.
    func installed(by trial: RelayTrial, in certificates: FilePath?) throws(EximError) -> [Program.Substitution]? {
        switch self {
        case .fingerprint, .authority: return []
        case .directory:
            guard let certificates else { return nil }
            return [try trial.install(in: certificates)]
        }
    }

    /// The session of a client whose certificate is in the list, and which has all else that this way demands. Throws when a client that
    /// lacks it would be let in.
    func approved(
        by trial: RelayTrial, _ rehearsal: Rehearsal, _ exim: EximWithCandidates, certificates: FilePath
    ) throws(EximError) -> Rehearsal.Outcome {
        switch self {
        case .fingerprint, .authority: return try exim.rehearse(rehearsal)
        case .directory:
            let uninstalled = try exim.rehearse(rehearsal)
            guard uninstalled.recipients.allSatisfy({ $0.code >= 500 }), uninstalled.attempts.isEmpty else {
                throw RelayTrial.fault("a certificate that is in the list and not in the directory would relay, or be logged", uninstalled)
            }
            let installed = try trial.install(in: certificates)
            defer { FolderTree.remove(installed.candidate) }
            return try exim.rehearse(rehearsal, seeing: [installed])
        }
    }
}
