package import FleetCarrier

/// What the fleet decided about each certificate, made when it is asked for.
package struct FingerprintStates: Sendable {
    let gap: Gap

    /// Nil where nothing was decided that counts.
    package subscript(digest: Digest) -> FingerprintState? { gap.state(of: digest) }

    /// All of which something was decided, ascending.
    package var digests: [Digest] { gap.fingerprints.sorted() }

    /// Those of which this holds, ascending.
    package func digests(where holds: (FingerprintState) -> Bool) -> [Digest] {
        gap.fingerprints.filter { self[$0].map(holds) ?? false }.sorted()
    }
}

extension FingerprintStates: Sequence {
    /// In no order.
    package func makeIterator() -> some IteratorProtocol<(key: Digest, value: FingerprintState)> {
        gap.fingerprints.lazy.compactMap { digest in self[digest].map { (key: digest, value: $0) } }.makeIterator()
    }
}

extension FingerprintStates: Equatable {
    package static func == (left: FingerprintStates, right: FingerprintStates) -> Bool {
        let all = left.digests
        return all == right.digests && all.allSatisfy { left[$0] == right[$0] }
    }
}
