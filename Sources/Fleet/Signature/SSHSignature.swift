import Certificates

/// What `ssh-keygen -Y sign` writes (OpenSSH's PROTOCOL.sshsig): who signed, for which purpose, and what a security key says of it.
package struct SSHSignature: Equatable, Sendable {
    package enum HashAlgorithm: String, CaseIterable, Sendable { case sha256, sha512 }

    package let key: SSHKey
    package let namespace: String
    package let hash: HashAlgorithm
    /// Ed25519's 64 bytes, or ECDSA in DER.
    private let proof: [UInt8]
    /// What a security key says of itself and has signed too; nil for other keys.
    private let flags: UInt8?
    private let counter: UInt32

    /// Whether somebody touched the security key; never for a key that is none.
    package var isTouched: Bool { flags.map { $0 & Self.present != 0 } ?? false }

    /// FIDO's bits: somebody was present, and proved who he is (PIN or finger). A signature for SSH has no others.
    private static let present: UInt8 = 0x01
    private static let verified: UInt8 = 0x04

    private static let magic = Array("SSHSIG".utf8)

    /// Nil for everything but one whole signature of version 1 by a key of a known kind, without anything behind it. The reserved field must
    /// be empty: what we do not understand may not be signed.
    package init?(blob: [UInt8]) {
        guard blob.starts(with: Self.magic) else { return nil }
        var reader = SSHWire(blob.dropFirst(Self.magic.count))
        guard reader.number() == 1, let wire = reader.string(), let key = SSHKey(wire: wire), let namespace = reader.string(),
            let name = String(validating: namespace, as: UTF8.self), !name.isEmpty, reader.take([]), let hashName = reader.string(),
            let hash = HashAlgorithm(rawValue: String(decoding: hashName, as: UTF8.self)), let signature = reader.string(), reader.isAtEnd
        else { return nil }
        (self.key, self.namespace, self.hash) = (key, name, hash)

        var inner = SSHWire(signature)
        guard inner.take(key.kind.rawValue.utf8), let bytes = inner.string() else { return nil }
        if key.kind.isP256 {
            guard let der = Self.der(ofECDSA: bytes) else { return nil }
            proof = der
        } else {
            guard bytes.count == 64 else { return nil }
            proof = bytes
        }
        if key.kind.isSecurityKey {
            guard let flags = inner.byte(), flags & ~(Self.present | Self.verified) == 0, let counter = inner.number() else { return nil }
            (self.flags, self.counter) = (flags, counter)
        } else {
            (flags, counter) = (nil, 0)
        }
        guard inner.isAtEnd else { return nil }
    }

    /// r and s in DER. SSH's form of a positive integer is the content of DER's.
    private static func der(ofECDSA bytes: [UInt8]) -> [UInt8]? {
        var reader = SSHWire(bytes)
        guard let r = reader.positive(bits: 256), let s = reader.positive(bits: 256), reader.isAtEnd else { return nil }
        let integers: [UInt8] = [r, s].flatMap { number in [0x02, UInt8(number.count)] + number }
        return [0x30, UInt8(integers.count)] + integers
    }

    /// Whether `key` has signed `message` for this purpose.
    ///
    /// The attack: a signature that the operator made for something else, such as a commit or a login. The purpose is part of what is signed.
    package func isOver(_ message: [UInt8], namespace: String) -> Bool {
        guard self.namespace.utf8.elementsEqual(namespace.utf8) else { return false }
        let digest = hash == .sha512 ? SHA512.digest(of: message) : SHA256.digest(of: message)
        guard !digest.isEmpty else { return false }
        let signed = Self.magic + [namespace, "", hash.rawValue].flatMap { SSHWire.string($0.utf8) } + SSHWire.string(digest)
        guard let flags, let application = key.application else { return key.verifies(proof, of: signed) }
        let asSigned = SHA256.digest(of: application) + [flags] + SSHWire.number(Int(counter)) + SHA256.digest(of: signed)
        return key.verifies(proof, of: asSigned)
    }
}
