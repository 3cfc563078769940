import Certificates
import EximControl
import Host
import SystemPackage
import TrustCore

extension LocalTrust {
    /// Where the certificates of `wishes` must be installed, nil when nowhere, and what the operator should know about Exim's rules. Asks
    /// Exim, but only when it matters: when a certificate is known that will be trusted.
    func installation(
        of wishes: [TrustPlan.Wish], in register: Register, allowingCA: Bool
    ) throws(Failure) -> (Installation?, cautions: [String]) {
        let known = wishes.filter { $0.after == .approved }.compactMap { register[$0.fingerprint].outline }
        guard !known.isEmpty else { return (nil, []) }
        func here(_ library: EximAnswers.TLSLibrary) throws(Failure) -> Installation {
            try Installation(
                folder: register.directory, isShared: TrustDirectory.isShared(register.directory.filePath), allowsCA: allowingCA,
                library: library)
        }
        let exim: EximProgram
        let way: WayOfTrust.InForce
        do throws(EximError) {
            exim = try self.exim().program
            way = try exim.wayInForce()
        } catch {
            // A user who may not read Exim's configuration gets no answer. When a change is carried out, Exim's own error follows.
            return (register.directoryIsInUse ? try here(.none) : nil, [])
        }
        var cautions: [String] = []
        if way.hasOldRules, !way.way.needsInstallation, known.contains(where: { $0.notAfter.seconds > Certificate.lastCountedSecond }) {
            cautions = ["it cannot relay: by Exim's rules, which are old, what ends after 2106 has expired; `trustctl setup` renews them"]
        }
        guard way.way.needsInstallation, let place = way.directory else { return (nil, cautions) }
        guard ResolvedPath(orAsWritten: place) == register.directory else {
            progress.note("warning: Exim looks for certificates in \(place), but trustd.conf says \(configuration.certificates)")
            progress.note("hint: set `certificates = \(place)` in trustd.conf, then approve it again to install it")
            return (nil, cautions)
        }
        let library: EximAnswers.TLSLibrary
        do { library = try exim.library() } catch { throw Failure(error) }
        return (try here(library), cautions)
    }
}
