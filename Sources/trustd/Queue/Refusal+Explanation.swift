import TrustCore

extension Refusal {
    var reason: String {
        switch self {
        case .denied: "denied before"
        case .full: "the queue is full (max_pending)"
        case .fullForAddress: "too many are pending from one address (max_per_address)"
        case .fullWithoutAddress: "too many of unknown address are pending (half of max_pending)"
        case .noCertificate: "the digest of no certificate"
        case .nameTaken: "another file has its name"
        }
    }

    var hint: String? {
        switch self {
        case .full, .fullForAddress, .fullWithoutAddress: "trustctl forget makes room; trustctl approve works all the same"
        case .denied, .noCertificate: nil
        case .nameTaken: "remove that file"
        }
    }
}
