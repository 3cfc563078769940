package import SystemPackage

/// The folders of a fleet's part on a host: root's own, and those in which trustsync puts what comes, and takes what goes. What is in the
/// latter is a hint to whoever reads it: the signatures count.
package struct CarrierFolders: Equatable, Sendable {
    /// Root's, in trustctl's folder.
    package let own: FilePath
    /// All decisions that root has accepted, appended; and this relay's last receipt. trustsync reads both.
    package let decisions: FilePath
    package let receipt: FilePath
    /// On a relay: what waits there, signed by its root, with the certificates, as a pack. Written for those who carry this folder by hand.
    package let outgoingSightings: FilePath
    /// On a console: what packs have said of that, a file for each relay, and the certificates, each under its fingerprint in DER form.
    package let broughtSightings: FilePath
    package let broughtCertificates: FilePath
    /// The certificates of whom root has approved here, each in PEM under its fingerprint. trustsync reads them.
    package let known: FilePath
    /// `<16 hex>.pack`, each whole from its beginning, for root's `trustctl fleet apply`, which removes it. Others may fill it too.
    package let inbox: FilePath
    /// `<64 HEX digest>`: an `OutgoingDecision`, from an operator of this host.
    package let outbox: FilePath
    /// trustsync's own: `status`.
    package let state: FilePath
    /// On a console: what the relays have queued, a file for each, and the certificates, each under its fingerprint in DER form.
    package let sightings: FilePath
    package let certificates: FilePath

    /// `ledger`: trustctl's folder. trustsync's is beside it: `/var/lib/trustsync`.
    package init(ledger: FilePath) {
        (own, known) = (ledger.appending("fleet"), ledger.appending("known"))
        let out = own.appending("out")
        (decisions, receipt, outgoingSightings) = (out.appending("decisions"), out.appending("receipt"), out.appending("sightings"))
        (broughtSightings, broughtCertificates) = (own.appending("sightings"), own.appending("certificates"))
        let carrier = ledger.removingLastComponent().appending("trustsync")
        (inbox, outbox, state) = (carrier.appending("inbox"), carrier.appending("outbox"), carrier.appending("state"))
        let mirror = carrier.appending("mirror")
        (sightings, certificates) = (mirror.appending("sightings"), mirror.appending("certificates"))
    }
}
