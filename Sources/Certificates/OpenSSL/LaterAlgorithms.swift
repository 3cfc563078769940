/// Algorithms of signatures that OpenSSL knows from version 3.5 on, by their numbers, with the names that it gives them then.
enum LaterAlgorithms {
    /// ML-DSA: RFC 9881, section 2. SLH-DSA: RFC 9909, section 3.
    static let names: [String: String] = {
        let lattices = zip(17..., ["44", "65", "87"].map { "ML-DSA-\($0)" })
        let sizes = ["128s", "128f", "192s", "192f", "256s", "256f"]
        let hashes = zip(20..., ["SHA2", "SHAKE"].flatMap { kind in sizes.map { "SLH-DSA-\(kind)-\($0)" } })
        return Dictionary((Array(lattices) + Array(hashes)).map { ("2.16.840.1.101.3.4.3.\($0)", $1) }, uniquingKeysWith: { $1 })
    }()
}
