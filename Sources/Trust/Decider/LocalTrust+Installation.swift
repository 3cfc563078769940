import Certificates
import EximControl
package import Host
import SystemPackage
import TrustCore

extension LocalTrust {
    /// Where the certificates of `wishes` must be installed; nil when none must. Exim is asked, and only when it matters: a certificate is
    /// known that is to be trusted.
    package func installation(of wishes: [TrustPlan.Wish], in register: Register, allowingCA: Bool) throws(Failure) -> Installation? {
        guard wishes.contains(where: { $0.after == .approved && register[$0.fingerprint].outline != nil }) else { return nil }
        let here = Installation(
            folder: register.directory, isShared: TrustDirectory.isShared(register.directory), allowsCA: allowingCA)
        guard let way = try? exim().program.wayInForce() else {
            // Exim says nothing to who may not read its configuration; its refusal of a change comes later, in its own words.
            return register.directoryIsInUse ? here : nil
        }
        guard way.way.needsInstallation, let place = way.directory else { return nil }
        guard ((try? Ownership.resolve(place)) ?? place) == register.directory else {
            progress.note("warning: Exim looks for certificates in \(place), and trustd.conf says \(configuration.certificates)")
            progress.note("hint: say `certificates = \(place)` in trustd.conf, then approve it again: that installs it")
            return nil
        }
        return here
    }
}
