import Authority
import Certificates
import Host
import SystemPackage
import Trust
import TrustCore

/// What the commands of `trustctl ca` say.
enum AuthorityReport {
    // MARK: init

    private struct Made: Encodable {
        let version = 1
        let outcome = "done"
        let authority: Shown
        let key: String
        let passphrase: Bool
    }

    /// A CA, as it is shown to programs.
    private struct Shown: Encodable {
        let fingerprint: Fingerprint
        let subject: String
        let certificate: String
        let notBefore: String
        let notAfter: String

        init(_ certificate: Certificate, _ file: FilePath) {
            fingerprint = certificate.fingerprint
            subject = certificate.subject
            self.certificate = file.string
            (notBefore, notAfter) = (certificate.notBefore.description, certificate.notAfter.description)
        }
    }

    static func made(_ certificate: Certificate, _ own: OwnAuthority, isLocked: Bool) -> Answer {
        let lock = isLocked ? ", encrypted with the passphrase" : ""
        return Answer(
            Made(authority: Shown(certificate, own.certificateFile), key: own.keyFile.string, passphrase: isLocked),
            [
                .text("done: made the CA “\(Printable(certificate.subject, limit: 120))”, valid until \(certificate.notAfter.day)\n"),
                .text("certificate    \(own.certificateFile)\nkey            \(own.keyFile), for root alone\(lock)\n"),
                .note("whoever has this key lets himself in on every relay of this CA; back it up where nobody else reads"),
                .tip("next: trustctl setup --trust ca --ca \(own.certificateFile)"),
            ])
    }

    // MARK: move-key

    private struct Moved: Encodable {
        let version = 1
        let outcome = "done"
        let key: String
    }

    static func moved(_ place: FilePath, _ own: OwnAuthority) -> Answer {
        Answer(
            Moved(key: place.string),
            [
                .text("done: the CA's key is in \(place), and no longer in \(own.keyFile)\n"),
                .note("a second copy elsewhere is a good idea: without the key the CA signs nothing more"),
                .tip("to sign with it: trustctl ca sign FP --key \(place)"),
            ])
    }

    // MARK: sign

    private struct Signed: Encodable {
        let version = 1
        let outcome: String
        @Nullable var number: Int? = nil
        let certificates: [Item]
        let notes: [String]

        struct Item: Encodable {
            @Nullable var fingerprint: Fingerprint? = nil
            @Nullable var issuedFor: Fingerprint? = nil
            let name: String
            @Nullable var notAfter: String? = nil
            @Nullable var pem: String? = nil
        }
    }

    static func dry(_ order: SigningOrder, _ authority: Certificate) -> Answer {
        let items = order.wanted.map { Signed.Item(issuedFor: $0.shown, name: $0.name) }
        let by = Printable(authority.subject, limit: 120)
        var parts = order.wanted.map { wanted -> Answer.Part in
            let whom = wanted.shown.map { "\($0)" } ?? "the key \(wanted.key.spkiSHA256) of the request"
            return .text("would sign for \(whom): CN=\(Printable(wanted.name, limit: 80)), \(order.days) days, by \(by)\n")
        }
        parts.append(.note("dry run: nothing was signed"))
        return Answer(Signed(outcome: "dry-run", certificates: items, notes: []), parts)
    }

    /// On standard error but for the certificates, so that these can be written into a file.
    /// The first `told` of the notes were told before.
    static func signed(_ plan: TrustPlan, notes: [String], told: Int) -> Answer {
        let issued = plan.entry.effects.issued ?? []
        let items = issued.map { one in
            Signed.Item(
                fingerprint: one.fingerprint, issuedFor: one.shown, name: one.name, notAfter: one.ends, pem: one.issued?.pemText)
        }
        var answer = Answer(Signed(outcome: "done", number: plan.entry.number, certificates: items, notes: notes))
        answer.parts += issued.map { Answer.Part.text($0.issued?.pemText ?? "") }
        answer.parts += issued.map { one in
            Answer.Part.note("done: sign \(one.fingerprint) (\(Printable(one.name, limit: 80))), until \(one.ends)")
        }
        answer.parts += notes.dropFirst(told).map { Answer.Part.note("warning: \($0)") }
        if plan.issued.map({ !$0.add.isEmpty }) ?? false {
            answer.parts.append(.note("exim hands it over when the client comes again: there, `trustctl client check` takes it"))
        }
        let first = issued.first.map { "\($0.fingerprint)".prefix(16) } ?? "FP"
        answer.parts.append(.tip("to revoke it: trustctl ca revoke \(first)"))
        return answer
    }

    // MARK: list

    private struct List: Encodable {
        let version = 1
        @Nullable var authority: Shown? = nil
        let keyIsHere: Bool
        @Nullable var keyMovedTo: String? = nil
        let certificates: [Item]

        struct Item: Encodable {
            let fingerprint: Fingerprint
            @Nullable var issuedFor: Fingerprint? = nil
            let name: String
            let state: IssuedList.State
            let handedOver: Bool
            let notAfter: String
            let number: Int
            let issuedAt: String
            let issuedBy: String
        }
    }

    static func list(_ list: IssuedList, _ authority: Certificate?, _ own: OwnAuthority) -> Answer {
        let items = list.items.map { item in
            let one = item.issued
            return List.Item(
                fingerprint: one.certificate.fingerprint, issuedFor: one.certificate.shown, name: one.certificate.name, state: item.state,
                handedOver: item.isHandedOver, notAfter: one.certificate.ends, number: one.number, issuedAt: one.time, issuedBy: one.by)
        }
        let document = List(
            authority: authority.map { Shown($0, own.certificateFile) }, keyIsHere: own.isKeyThere,
            keyMovedTo: own.isKeyThere ? nil : own.movedTo, certificates: items)
        var parts: [Answer.Part] = []
        if let authority {
            let key =
                own.isKeyThere
                ? "\(own.keyFile)" : own.movedTo.map { "moved to \(Printable($0, limit: 200))" } ?? "not here: \(own.keyFile) is missing"
            parts.append(
                .text(
                    "CA             \(Printable(authority.subject, limit: 120)), until \(authority.notAfter.day)\nkey            \(key)\n"
                        + (items.isEmpty ? "" : "\n")))
        }
        parts += items.map { item -> Answer.Part in
            let end =
                item.state == .ended ? "ended \(item.notAfter.prefix(10))" : "\(item.state.rawValue), until \(item.notAfter.prefix(10))"
            let place = item.handedOver ? ", handed over by exim" : ""
            return .text(
                "\("\(item.fingerprint)".prefix(16))  \(Printable(item.name, limit: 64))  \(Printable(end, limit: 60))\(place),"
                    + " decision \(item.number) by \(Printable(item.issuedBy, limit: 64))\n")
        }
        if items.isEmpty { parts.append(.tip("it has issued nothing yet: trustctl ca sign FP")) }
        return Answer(document, parts)
    }
}
