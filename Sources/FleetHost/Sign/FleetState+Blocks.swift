package import Fleet
package import FleetCarrier
package import Host
package import Trust
import TrustCore

extension LocalFleet {
    /// What `request` wants of certificates, in the fleet.
    package func wanted(_ request: Request, _ register: inout Register) throws(Failure) -> [Request.Wanted] {
        let state = try state(try store.read().decisions)
        return try request.wanted(&register) { fingerprint in
            state.fingerprints[Digest(fingerprint)].flatMap { $0.after == .approved ? $0.terms : nil }
        }
    }
}

extension FleetState {
    /// What wishes say in a decision, as far as the fleet has decided something else. `barring`: the keys of what is taken away are barred too.
    package func blocks(_ wishes: [Request.Wanted], barring: Bool = false) -> [DecisionBlock] {
        wishes.sorted { $0.fingerprint < $1.fingerprint }.compactMap { wish in
            let digest = Digest(wish.fingerprint)
            let now = fingerprints[digest]
            let after: FingerprintPower =
                switch wish.after {
                case .approved: .approved
                case .denied: .denied
                case .none, .pending: .none
                }
            let terms = after == .approved ? wish.terms : Terms()
            let isBarredToo = !barring || after != .none || now?.barsKey ?? false
            if let now, now.after == after, now.waiting.isEmpty, now.suspended.isEmpty, isBarredToo {
                if after != .approved || (now.label == terms.label && now.until == terms.until && now.note == terms.note) { return nil }
            }
            // What the fleet does not know may be some relay's own: who revokes it means all of them.
            return .fingerprint(
                FingerprintBlock(
                    digest, after, label: terms.label, until: terms.until,
                    note: after == .none && !barring ? FingerprintBlock.keyStays : terms.note,
                    replaces: ((now?.standing ?? []) + (now?.waiting ?? [])).sorted().prefix(8).map { $0 }))
        }
    }

    /// The certificates from which these take trust away, ascending. One that the fleet does not know may be some relay's own.
    package func taken(by blocks: some Sequence<DecisionBlock>) -> [Digest] {
        blocks.compactMap { block in
            guard case .fingerprint(let one) = block, one.after != .approved else { return nil }
            let before = fingerprints[one.digest]?.after
            return before == .approved || before == nil && one.after == .none ? one.digest : nil
        }.sorted()
    }

    /// The block that gives a key a power, or takes it.
    package func keyBlock(_ key: NamedKey, _ after: KeyPower, requiresTouch: Bool = false) -> DecisionBlock {
        let standing = keys.first { $0.key.identity == key.identity }?.standing ?? []
        return .key(KeyBlock(key, after, requiresTouch: requiresTouch, replaces: Array(standing.prefix(8))))
    }

    /// The block that takes a relay in or out.
    package func memberBlock(_ member: NamedKey, _ after: MemberPower) -> DecisionBlock {
        .member(MemberBlock(member, after, replaces: Array((members[member.identity]?.standing ?? []).prefix(8))))
    }

    /// What a key has taken away that stands: who takes the key out says it again himself, since what it signed unseen becomes void.
    package func takings(by key: NamedKey) -> [DecisionBlock] {
        fingerprints.digests.compactMap { digest in
            guard let now = fingerprints[digest], now.after != .approved else { return nil }
            let theirs = (now.standing + now.waiting).contains { heading(of: $0)?.signer == key.name }
            guard theirs else { return nil }
            return .fingerprint(
                FingerprintBlock(
                    digest, now.after, note: now.after == .none && !now.barsKey ? FingerprintBlock.keyStays : nil,
                    replaces: (now.standing + now.waiting).sorted().prefix(8).map { $0 }))
        }
    }
}

extension FleetState {
    /// What takes back a decision about certificates: what it approved is approved no more, and what it took away is as it was before.
    package func contrary(of serial: Int) throws(Failure) -> (blocks: [DecisionBlock], said: [String]) {
        let found = accepted.filter { heading(of: $0)?.serial.number == serial }
        guard let digest = found.first, let undone = decision(digest) else {
            throw Failure(
                "the fleet has no decision \(serial)", .noSuchEntry, hint: "trustctl fleet status; `undo L\(serial)` is this relay's own")
        }
        guard found.count == 1 else {
            throw Failure(
                messages: ["\(found.count) decisions have the serial \(serial); nothing has changed:"] + found.map { "  \($0)" },
                hint: "decide again with approve, deny or revoke", exit: .usage)
        }
        guard !undone.isForAdmins else {
            throw Failure(
                "decision \(serial) is about keys or members; nothing has changed", .refused,
                hint: "trustctl fleet key, trustctl fleet member: a key that was taken out never comes back")
        }
        var blocks: [DecisionBlock] = []
        var said: [String] = []
        for case .fingerprint(let block) in undone.blocks {
            let standing = fingerprints[block.digest]?.standing ?? []
            guard standing == [digest] else {
                throw Failure(
                    "refused: nothing has changed: somebody has decided about \(block.digest) since", .refused,
                    hint: "decide again with approve, deny or revoke")
            }
            let before = block.replaces.compactMap { decision($0) }.flatMap(\.blocks).compactMap { old -> FingerprintBlock? in
                if case .fingerprint(let old) = old, old.digest == block.digest { old } else { nil }
            }
            // Of several what takes most away, as ever.
            let old =
                before.first { $0.after == .denied } ?? before.first(where: \.barsKey) ?? before.first { $0.after == .none } ?? before.first
            let after = old?.after ?? .none
            // Whose approval is taken back has lost no key. Where it had lifted a revocation, that stands again, with its key.
            let note = after == .denied ? nil : old?.note ?? (old == nil ? FingerprintBlock.keyStays : nil)
            blocks.append(
                .fingerprint(
                    FingerprintBlock(
                        block.digest, after, label: after == .approved ? old?.label : nil, until: after == .approved ? old?.until : nil,
                        note: note, replaces: standing)))
            said.append("\(block.digest)\(Printable.behind(old?.label ?? block.label)) \(block.after.rawValue) -> \(after.rawValue)")
        }
        return (blocks, said)
    }
}
