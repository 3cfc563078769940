/// Why a decision counts for nothing.
package enum VoidReason: String, CaseIterable, Sendable {
    case noCertificate = "it names the digest of no certificate"
    case endOfNothing = "it names an end for what it does not approve"
    case unknownKey = "it has a key of a type that is not known, or that is none"
    case untouchable = "it requires touch of a key that nobody can touch"
    case repeats = "it decides twice about the same"
    case otherName = "it names the fleet differently"
    case wrongSerial = "its serial does not follow from its parents"
    case unknownSigner = "its signer's key is not of this fleet"
    case notInForce = "its signer's key was out"
    case untouched = "nobody touched the key that signed it"
    case notAdmin = "only an admin may decide about keys and members"
    case nameTaken = "it gives a name to a second key, or a key a second name"
}
