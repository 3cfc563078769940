import Client
import EximControl
import Host
import Setup
import SystemPackage
import Trust

/// Has this host send its mail to a pinned relay, or takes that back: what `client setup` does, and `client join --setup`.
struct MailSetupDialogue {
    let folder: ClientFolder
    let snippets: ClientSnippets?
    let common: CommonOptions
    let change: ChangeOptions
    /// Whether it says on standard output what was done.
    var shows = true

    func carryOut() throws(Failure) {
        let removes = snippets == nil
        let local = try LocalTrust(
            config: common.config, mayBeMissing: true, takesBack: removes, progress: Terminal.progress(json: common.json))
        do throws(Failure) {
            try SetupDialogue(decider: Decider(local), common: common, options: change, report: ClientSetupReport(), shows: shows).carryOut(
                record: ClientMailSetup.record(local.configuration), removes: removes
            ) { () throws(Failure) in
                try ClientMailSetup(snippets, in: folder, local, reason: change.reason, by: .current)
            }
        } catch {
            if let instructions = error.instructions, shows { Output.write(instructions) }
            throw error
        }
    }
}

extension ClientFolder {
    /// What a mail program needs for `relay`, which must be pinned.
    func snippets(for relay: RelayName, implicit: Bool) throws(Failure) -> ClientSnippets {
        let pinned = try pins.certificate(of: relay)
        do throws(Failure) { _ = try identities.current() } catch {
            // All that is missing, at once.
            guard error.exit == .noSuchEntry, pinned == nil else { throw error }
            throw Failure(
                messages: [error.reason, "\(relay) is not pinned"], hint: "trustctl client new, then trustctl client pin \(relay)",
                exit: error.exit)
        }
        guard let pinned else { throw Failure("\(relay) is not pinned", .notPinned, hint: "trustctl client pin \(relay)") }
        for path in [identities.key, identities.certificate] where !SetupPlaces.isPlain(path) {
            throw Failure(
                "\(path) cannot be used in a mail program's configuration", .notSound,
                hint: "use a folder of letters, digits, . _ - + and /")
        }
        return ClientSnippets(
            relay: relay, implicit: implicit, pinned: pinned, key: identities.key, certificate: identities.certificate,
            pin: pins.file(of: relay))
    }
}
