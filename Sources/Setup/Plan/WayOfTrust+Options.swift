import EximControl
import SystemPackage
import TrustCore

/// What an administrator's own `tls_verify_certificates` may be.
extension WayOfTrust {
    /// His value, where this way cannot work with it; nil where it can, or where he has none.
    func hinderingValue(_ facts: SetupFacts, _ places: SetupPlaces) -> String? {
        switch self {
        case .fingerprint: return nil
        case .directory: return facts.ownAuthorities
        case .authority:
            guard facts.setOptions.contains(SetupFacts.verify), facts.verifyPlace != places.certificates else { return nil }
            return facts.verifyCertificates ?? "nothing"
        }
    }

    /// What an operator types first who makes the files by hand.
    func commands(_ facts: SetupFacts, _ places: SetupPlaces) -> [String] {
        switch self {
        case .fingerprint, .directory: facts.directoryExists ? [] : ["install -d -m 0755 \(places.certificates)"]
        case .authority: places.authority.commands
        }
    }

    /// What he types when he has made room for this way.
    func setup(_ places: SetupPlaces) -> String {
        switch self {
        case .fingerprint, .directory: "trustctl setup --trust \(rawValue)"
        case .authority: "trustctl setup --trust ca --ca \(Printable(places.authority.source.string, limit: 200))"
        }
    }

    /// Why not, as the rest of a sentence.
    var hindrance: String {
        switch self {
        case .fingerprint, .directory:
            "which is not a folder: trustctl cannot install a client's certificate there, and \(SetupFacts.whyNoAuthorities)"
        // The attack: in a folder with other certificates a CA of the same name may stand, or come to stand.
        case .authority: "and the clients of a CA are verified against a folder that holds its certificate alone"
        }
    }
}
