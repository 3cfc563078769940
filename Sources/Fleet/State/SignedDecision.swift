import Certificates
package import FleetCarrier

/// A decision and who has signed it. Whether these keys may decide anything is not asked here.
package struct SignedDecision: Equatable, Sendable {
    /// SHA-256 of the text.
    package let digest: Digest
    package let decision: Decision
    /// `Decision.flaw`, found once: each state that it is part of asks for it.
    let flaw: VoidReason?
    /// Ascending by key, each key once.
    package private(set) var signers: [Signer]

    package struct Signer: Equatable, Sendable {
        /// SHA-256 of the key's wire form.
        package let key: Digest
        /// Whether a security key says that somebody touched it.
        package let isTouched: Bool

        package init(key: Digest, isTouched: Bool = false) { (self.key, self.isTouched) = (key, isTouched) }
    }

    package enum Failure: Error, Equatable, CustomStringConvertible {
        case text(FleetTextError)
        /// What stands there is no signature of a known form.
        case unreadableSignature
        /// It is a signature of something else, or for something else.
        case wrongSignature

        package var description: String {
            switch self {
            case .text(let error): "this is no decision: \(error)"
            case .unreadableSignature: "the decision's signature is none that ssh-keygen makes with a key of a known type"
            case .wrongSignature: "the signature is not over this decision"
            }
        }
    }

    /// What operators' signatures are for (`ssh-keygen -Y sign -n`).
    package static let namespace = "trust-decision"

    package init(digest: Digest, decision: Decision, signers: [Signer]) {
        (self.digest, self.decision, flaw) = (digest, decision, decision.flaw)
        self.signers = signers.sorted { $0.key < $1.key }
    }

    /// One that was made before, with what was found in it.
    init(digest: Digest, decision: Decision, flaw: VoidReason?, signers: [Signer]) {
        (self.digest, self.decision, self.flaw, self.signers) = (digest, decision, flaw, signers)
    }

    /// Throws unless `body` is a decision and `signature` is the armoured signature of some key over it.
    package init(body: [UInt8], signature: [UInt8]) throws(Failure) {
        try self.init(body, signature, isChecked: false)
    }

    /// The same for what root has checked before it was kept where only root writes: the signature is read, and not checked again.
    package init(kept record: PackRecord) throws(Failure) { try self.init(record.body, record.signature, isChecked: true) }

    private init(_ body: [UInt8], _ signature: [UInt8], isChecked: Bool) throws(Failure) {
        let decision: Decision
        do { decision = try Decision(body) } catch { throw .text(error) }
        guard let signature = SSHSignature(armoured: signature), let key = Digest(bytes: SHA256.digest(of: signature.key.wire)),
            let digest = Digest(bytes: SHA256.digest(of: body))
        else { throw .unreadableSignature }
        guard isChecked || signature.isOver(body, namespace: Self.namespace) else { throw .wrongSignature }
        self.init(digest: digest, decision: decision, signers: [Signer(key: key, isTouched: signature.isTouched)])
    }

}

extension [SignedDecision.Signer] {
    /// Adds those who have signed the same decision elsewhere. A key that was touched for one of them was touched.
    mutating func add(_ others: [SignedDecision.Signer]) {
        for other in others {
            guard let place = firstIndex(where: { $0.key >= other.key }) else {
                append(other)
                continue
            }
            guard self[place].key == other.key else {
                insert(other, at: place)
                continue
            }
            if other.isTouched { self[place] = other }
        }
    }
}
