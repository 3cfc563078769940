import SystemPackage
import TrustCore

/// The trust directory in which an approved certificate must be for Exim to take it.
struct Installation {
    /// Without symbolic links.
    let folder: FilePath
    /// Whether other programs trust what is in it.
    let isShared: Bool
    let allowsCA: Bool

    /// Whether a certificate that is approved is missing there.
    func needs(_ record: Record) -> Bool { record.installedAs == nil && record.certificate != nil }

    /// What `wishes` change in the directory; nil when that is nothing. Throws for a certificate that must not be there.
    func edit(for wishes: [TrustPlan.Wish], in register: Register) throws(Failure) -> DirectoryEdit? {
        var edit = Self.removal(for: wishes, in: register) ?? DirectoryEdit(path: folder.string)
        for wish in wishes where wish.after == .approved {
            let record = register[wish.fingerprint]
            guard record.installedAs == nil, let certificate = record.certificate else { continue }
            // The attack: whoever holds it could from then on issue certificates for any name to every program of this host.
            if certificate.isCA, isShared, !allowsCA {
                throw Failure(
                    "refused: \(wish.fingerprint) is a CA certificate (CA:TRUE), and other programs trust what is in \(folder)", .refused,
                    hint: "have its owner make one with CA:FALSE; or, if he may issue certificates to this whole host, say --install-ca")
            }
            edit.install.append(.init(certificate))
        }
        return edit.isEmpty ? nil : edit
    }

    /// Certificates go with their trust, whatever way is in force, if it was trustctl who put them there.
    static func removal(for wishes: [TrustPlan.Wish], in register: Register) -> DirectoryEdit? {
        var edit = DirectoryEdit(path: register.directory.string)
        for wish in wishes where wish.after != .approved {
            let record = register[wish.fingerprint]
            guard record.state == .approved, record.installedAs == DirectoryEdit.Item.name(wish.fingerprint.description),
                let certificate = record.certificate
            else { continue }
            edit.remove.append(.init(certificate))
        }
        return edit.isEmpty ? nil : edit
    }
}

extension Session {
    /// Where the certificates of `wishes` must be installed; nil when none must. Exim is asked, and only when it matters: a certificate is
    /// known that is to be trusted.
    func installation(of wishes: [TrustPlan.Wish], in register: Register, allowingCA: Bool) throws(Failure) -> Installation? {
        guard wishes.contains(where: { $0.after == .approved && register[$0.fingerprint].outline != nil }) else { return nil }
        let here = Installation(
            folder: register.directory, isShared: TrustDirectory.isShared(register.directory), allowsCA: allowingCA)
        guard let way = try? EximProgram(configuration, scratch: configuration.ledger).trustWay() else {
            // Exim says nothing to who may not read its configuration; its refusal of a change comes later, in its own words.
            return register.directoryIsInUse ? here : nil
        }
        guard case .directory(let place) = way else { return nil }
        guard ((try? Ownership.resolve(place)) ?? place) == register.directory else {
            Progress.note("warning: Exim looks for certificates in \(place), and trustd.conf says \(configuration.certificates)")
            Progress.note("hint: say `certificates = \(place)` in trustd.conf, then approve it again: that installs it")
            return nil
        }
        return here
    }
}
