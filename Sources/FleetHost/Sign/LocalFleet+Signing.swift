import Certificates
package import Fleet
package import FleetCarrier
package import Host
package import SystemPackage
import Trust
package import TrustCore

/// A decision that was signed, and is kept nowhere yet.
package struct SignedRecord {
    package let record: PackRecord
    package let digest: Digest
    package let serial: Serial
    package let signer: String
}

extension LocalFleet {
    /// The key with which the operator decides: the one that he names, the one of fleet.conf, or the one in his agent that the fleet knows.
    package func signingKey(_ named: FilePath?, _ state: FleetState) throws(Failure) -> SigningKey {
        if let file = named ?? configuration.key { return try SigningKey(file) }
        let known = Set(state.keys.filter { $0.power != .none }.map(\.key.identity))
        let lines = ThisProcess.agentSocket.map { SSHKeygen.agentKeys($0) } ?? []
        let own = lines.compactMap { line in
            SigningKey.parsed(line).flatMap { found in
                NamedKey(name: "key", key: found.0).flatMap { known.contains($0.identity) ? (line, found.0) : nil }
            }
        }
        guard let (line, key) = own.first else {
            throw Failure(
                "a decision in a fleet is signed, and there is no key to sign with; nothing has changed", .notPermitted,
                hint: "--sign-with KEY.pub, `key` in fleet.conf or ssh-add for the whole fleet; --local, as root, for this relay alone")
        }
        guard own.count == 1 else {
            throw Failure(
                "your agent has \(own.count) keys of this fleet; nothing has changed", .usage, hint: "choose one with --sign-with KEY.pub")
        }
        return SigningKey(inAgent: line, key)
    }

    /// What somebody signs on who wants to have heard nothing of this key.
    package func heads(without name: String, _ state: FleetState) throws(Failure) -> [Digest] {
        guard let key = state.keys.first(where: { $0.key.name == name }) else {
            throw Failure("the fleet has no key \(Printable(name, limit: 70))", .noSuchEntry, hint: "trustctl fleet status")
        }
        return state.heads(without: [key.key.identity])
    }

    /// Signs `blocks` on what is known, or on `heads`, and adds them to `content`, which is worth nothing when it throws. Nothing is kept on the disk yet.
    package func sign(
        _ blocks: [DecisionBlock], reason: String?, with key: SigningKey, on heads: [Digest]? = nil,
        knowing content: inout DecisionStore.Content, now: Timestamp = .now
    ) throws(Failure) -> SignedRecord {
        let state = try state(content.decisions)
        guard let own = state.keys.first(where: { $0.key.identity == key.identity }), own.power != .none || heads != nil else {
            throw Failure(
                "the key \(key.file) is not in this fleet, or was taken out; nothing has changed", .notPermitted,
                hint: "an admin adds it: trustctl fleet key add KEY.pub")
        }
        guard own.power == .admin || heads != nil || !blocks.contains(where: \.isForAdmins) else {
            throw Failure(
                "only an admin may decide about keys and members, and \(own.key.name) is an operator; nothing has changed", .notPermitted)
        }
        guard (1...Fleet.Decision.mostBlocks).contains(blocks.count) else {
            throw Failure("one decision is about at most \(Fleet.Decision.mostBlocks); nothing has changed", .usage)
        }
        let parents = Array((heads ?? state.heads).prefix(8))
        let decision = Fleet.Decision(
            fleet: state.fleet, serial: Serial(state.serial(on: parents)), parents: parents, time: now, signer: own.key.name,
            reason: reason.flatMap { $0.isEmpty ? nil : Printable($0, limit: 300).description.trimmed }.map(String.init), blocks: blocks)
        let body = decision.encoded
        // What does not read back is none: a reason or a label that may not stand there.
        guard (try? Fleet.Decision(body)) == decision else {
            throw Failure("this cannot be said in a decision: too long, or a character that is not shown; nothing has changed", .usage)
        }
        let signature = try key.sign(body, for: SignedDecision.namespace)
        let record = PackRecord(body: body, signature: signature)
        let signed: SignedDecision
        do throws(SignedDecision.Failure) { signed = try SignedDecision(body: body, signature: signature) } catch {
            throw Failure(error.description, .refused)
        }
        content.add(record, signed)
        if let reason = try self.state(content.decisions).void[signed.digest] {
            throw Failure("nothing has changed: the decision would count for nothing: \(reason.rawValue)", .refused)
        }
        return SignedRecord(
            record: record, digest: signed.digest, serial: decision.serial, signer: own.key.name)
    }

    /// Keeps what was signed here, all of it or nothing, and makes it so.
    package func enter(
        _ signed: [SignedRecord], _ certificates: [CertificateRecord], waiting seconds: Int
    ) throws(Failure) -> Applied {
        try locked(waiting: seconds) { content throws(Failure) in
            let (kept, state) = try keep((signed.map(\.record) + certificates.map(\.record)).flatMap(\.encoded), &content)
            guard signed.allSatisfy({ content.decisions.contains($0.digest) }) else {
                throw Failure("the decision is not kept: its key is not of this fleet any more; nothing has changed", .refused)
            }
            return try apply(state, bringing: kept.brought, told: kept.trustedAgain)
        }
    }
}
