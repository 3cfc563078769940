import FleetCarrier
import TrustCore

@testable import Certificates
@testable import Fleet

/// What comes to a relay from a fleet's database: packs with decisions, receipts and signatures in them.
enum FleetTarget {
    static func take(_ bytes: [UInt8]) {
        decision(bytes)
        receipt(bytes)
        signature(bytes)
        pack(bytes)
        if let key = NamedKey(String(decoding: bytes, as: UTF8.self)) {
            demand(key.description.utf8.elementsEqual(bytes), "a key has one spelling")
        }
    }

    private static func decision(_ bytes: [UInt8]) {
        do throws(FleetTextError) {
            let decision = try Decision(bytes)
            demand(decision.encoded == bytes, "a decision has one spelling")
            demand(
                bytes.count <= Decision.maximumSize && (1...Decision.mostBlocks).contains(decision.blocks.count),
                "a decision keeps the limits")
            demand(decision.parents.count <= 8 && decision.blocks.allSatisfy { $0.replaces.count <= 8 }, "a decision keeps the limits")
            demand(decision.parents.isEmpty == (decision.fleet.genesis == nil), "only the first decision has no parents")
            demand(String(decoding: bytes, as: UTF8.self).isPlain, "a decision is plain text")
            state(decision, bytes)
        } catch { demand("\(error)".isPlain, "the reason for a refusal is plain text") }
    }

    /// As the first decision of a fleet, and as the second one of another: whatever it says, only its own signer's power counts.
    private static func state(_ decision: Decision, _ bytes: [UInt8]) {
        guard let digest = Digest(bytes: SHA256.digest(of: bytes)) else { return demand(false, "a text has a digest") }
        let keys = decision.blocks.compactMap { if case .key(let block) = $0 { block.key } else { nil } }
        let signed = SignedDecision(digest: digest, decision: decision, signers: keys.prefix(1).map { .init(key: $0.identity) })
        demand(Array(DecisionTable([signed])) == [signed], "a decision that is packed in memory is the same when it is asked for")
        demand(
            FleetState([SignedDecision(digest: digest, decision: decision, signers: [])], genesis: digest) == nil,
            "nothing unsigned is a fleet")
        if let state = FleetState([signed], genesis: digest) {
            demand(decision.flaw == nil && decision.serial.number == 1, "a first decision is sound")
            demand(keys.first?.name == decision.signer, "a first decision is signed by a key that it makes")
            demand(state.accepted == [digest], "a first decision is accepted")
        }
        guard let genesis = decision.fleet.genesis else { return }
        demand(FleetState([signed], genesis: genesis) == nil, "without the first decision nothing follows")
    }

    private static func receipt(_ bytes: [UInt8]) {
        do throws(FleetTextError) {
            let receipt = try Receipt(bytes)
            demand(receipt.encoded == bytes, "a receipt has one spelling")
            demand(String(decoding: bytes, as: UTF8.self).isPlain, "a receipt is plain text")
            demand((1...8).contains(receipt.heads.count) && bytes.count <= Receipt.maximumSize, "a receipt keeps the limits")
        } catch { demand("\(error)".isPlain, "the reason for a refusal is plain text") }
    }

    private static func signature(_ bytes: [UInt8]) {
        if let signature = SSHSignature(armoured: bytes) {
            demand(bytes.count <= SSHSignature.maximumSize, "a signature keeps the limits")
            demand(!signature.isOver(bytes, namespace: ""), "no signature is without a purpose")
        }
        if let signature = SSHSignature(blob: bytes) {
            demand(
                signature == SSHSignature(armoured: SSHSignature.armour(bytes)) || bytes.count > 2900,
                "a signature reads back from its armour")
            demand(SSHSignature(blob: bytes + [0]) == nil, "nothing stands behind a signature")
            demand(signature.key == SSHKey(wire: signature.key.wire), "a signature's key is a key")
        }
        if let key = SSHKey(wire: bytes) { demand(SSHKey(wire: bytes + [0]) == nil && key.wire == bytes, "nothing stands behind a key") }
    }

    private static func pack(_ bytes: [UInt8]) {
        do throws(PackReader.Fault) {
            var reader = try PackReader(bytes)
            var whole: [UInt8] = []
            while let record = try reader.next() {
                whole += record.encoded
                demand(bytes.starts(with: whole), "records stand in the pack as they are written")
                decision(record.body)
                receipt(record.body)
                signature(record.signature)
            }
            demand(whole == bytes, "a pack without a fault is its records")
        } catch { demand("\(error)".isPlain, "the reason for a refusal is plain text") }
    }
}
