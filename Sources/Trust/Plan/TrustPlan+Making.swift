import Certificates
import EximControl
import FoundationEssentials
import Glibc
package import Host
import SystemPackage
package import TrustCore

extension TrustPlan {
    /// What one fingerprint is to become.
    package struct Wish: Equatable {
        package let fingerprint: Fingerprint
        package let after: TrustState
        /// Nil: it keeps the one that it has.
        package var label: String?
        /// It is to have no label, whatever it has.
        var clearsLabel = false

        package init(fingerprint: Fingerprint, after: TrustState, label: String? = nil, clearsLabel: Bool = false) {
            self.fingerprint = fingerprint
            self.after = after
            self.label = label
            self.clearsLabel = clearsLabel
        }

        fileprivate var names: Bool { label != nil || clearsLabel }
    }

    /// What is wanted, given what is known.
    package typealias Wishing = (inout Register) throws(Failure) -> [Wish]
    /// Which certificates are meant, given what is known.
    package typealias Naming = (inout Register) throws(Failure) -> [Fingerprint]

    /// The change that makes `wishes` true; nil when they are true already.
    package static func making(
        _ wishes: [Wish], action: Decision.Action, reason: String?, undoes: Int? = nil, in register: Register,
        installing installation: Installation? = nil, by operator: Operator, now: Timestamp = .now
    ) throws(Failure) -> TrustPlan? {
        let open = wishes.filter { wish in
            let record = register[wish.fingerprint]
            let newLabel = wish.names && wish.after == .approved && wish.label != record.item?.label
            let uninstalled = wish.after == .approved && installation?.needs(record) == true
            let shadow = action != .undo && record.entry != nil && wish.after != .pending  // an entry behind a decision goes away too
            return record.state != wish.after || newLabel || uninstalled || shadow && action == .forget
        }
        guard !open.isEmpty else { return nil }
        var plan = TrustPlan(
            Decision(
                action, by: `operator`, at: now, reason: reason, undoes: undoes,
                subjects: open.map { wish in
                    let record = register[wish.fingerprint]
                    let relabels = action != .forget && record.state == .approved && wish.after == .approved
                    return Decision.Subject(
                        fingerprint: wish.fingerprint, before: record.state, after: wish.after,
                        label: wish.names ? wish.label : record.item?.label, labelBefore: relabels ? record.item?.label : nil,
                        // The attack: thousands of entries that one `forget --from` would copy into the ledger. What is forgotten decides
                        // nothing, and comes again.
                        evidence: action == .forget ? nil : Evidence(record))
                }))
        // By the files in denied/, not by the state: a denial behind an approval must not go when a refused change is taken back.
        for wish in open where action != .forget {
            let isDenied = register.denied.contains(wish.fingerprint)
            if wish.after == .denied, !isDenied { plan.deny.append(wish.fingerprint) }
            if wish.after != .denied, isDenied { plan.allow.append(wish.fingerprint) }
        }
        plan.directory = try installation?.edit(for: open, in: register) ?? Installation.removal(for: open, in: register)
        try plan.edit(register.list, isEdited: register.isListEdited, for: open, by: `operator`, now: now)
        return plan
    }

    private mutating func edit(
        _ file: TrustListFile, isEdited: Bool, for wishes: [Wish], by operator: Operator, now: Timestamp
    ) throws(Failure) {
        let old = file.definition?.list ?? TrustList()
        var list = old.removing(Set(wishes.filter { $0.after != .approved }.map(\.fingerprint)))
        let known = old.fingerprints
        list = list.approving(
            wishes.filter { $0.after == .approved && ($0.names || !known.contains($0.fingerprint)) }.map {
                ($0.fingerprint, ListNote(label: $0.label, day: now.day, by: `operator`.nameInList))
            })
        // Exim reads the directory anew with the list: GnuTLS builds see what is new in it only then. Who is denied may have been taken
        // out by hand without a reload: the list stays as it is, and Exim reads it.
        guard list != old || directory != nil || isEdited && !deny.isEmpty else { return }
        guard let definition = file.definition, let bytes = file.bytes else { throw file.missing }
        let after = definition.file(with: list)
        self.list = ListEdit(
            path: file.path.string, before: Data(bytes), after: Data(after), meant: list.fingerprints.sorted())
        entry.effects.list = .init(path: file.path.string, before: Ledger.digest(of: bytes), after: Ledger.digest(of: after))
    }
}

extension Operator {
    /// A name that is safe in Exim's configuration: one word, no control characters.
    var nameInList: String {
        let safe = name.unicodeScalars.filter { $0.isASCII && ($0.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains($0)) }
        return safe.isEmpty ? "uid-\(uid)" : String(String.UnicodeScalarView(safe.prefix(32)))
    }
}

extension Evidence {
    /// What is known of a fingerprint now, before its queue entry goes away; nil when that is nothing.
    package init?(_ record: Record) {
        let old = record.evidence
        firstSeen = record.entry?.firstSeen.description ?? old?.firstSeen
        lastSeen = record.entry?.lastSeen.description ?? old?.lastSeen
        sightings = record.entry?.sightings ?? old?.sightings
        addresses = record.entry?.addresses.map(\.description) ?? old?.addresses ?? []
        observed =
            record.entry?.observed.map {
                Observed(address: $0.address?.description, helo: $0.helo.map(Self.capped), domain: $0.domain.map(Self.capped))
            } ?? old?.observed
        certificate = record.outline.map { Data($0.der).base64EncodedString() }
        source = record.source
        if firstSeen == nil, certificate == nil { return nil }
    }

    /// At most 256 characters of a stranger's text; one that combines thousands of marks is not one.
    static func capped(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(256)))
    }
}
