import Certificates
import EximControl
import Host
import SystemPackage
import TrustCore

extension LocalTrust {
    /// Where the certificates of `wishes` must be installed; nil when nowhere. Asks Exim, but only when it matters: when a certificate is
    /// known that will be trusted.
    func installation(of wishes: [TrustPlan.Wish], in register: Register, allowingCA: Bool) throws(Failure) -> Installation? {
        guard wishes.contains(where: { $0.after == .approved && register[$0.fingerprint].outline != nil }) else { return nil }
        let here = Installation(
            folder: register.directory, isShared: TrustDirectory.isShared(register.directory.filePath), allowsCA: allowingCA)
        guard let way = try? exim().program.wayInForce() else {
            // A user who may not read Exim's configuration gets no answer. When a change is carried out, Exim's own error follows.
            return register.directoryIsInUse ? here : nil
        }
        guard way.way.needsInstallation, let place = way.directory else { return nil }
        guard ResolvedPath(orAsWritten: place) == register.directory else {
            progress.note("warning: Exim looks for certificates in \(place), but trustd.conf says \(configuration.certificates)")
            progress.note("hint: set `certificates = \(place)` in trustd.conf, then approve it again to install it")
            return nil
        }
        return here
    }
}
