package import TrustCore

/// The certificates that may relay, in the order of the file, each with the comments above it.
package struct TrustList: Equatable {
    package private(set) var items: [Item]

    package struct Item: Equatable {
        package let fingerprint: Fingerprint
        /// The comment lines above it, without `#` and the blank after it.
        var comments: [String]

        package init(fingerprint: Fingerprint, comments: [String]) {
            self.fingerprint = fingerprint
            self.comments = comments
        }

        /// What trustctl wrote about it, if the comment right above it is trustctl's.
        package var note: ListNote? { comments.last.flatMap { ListNote(parsing: $0) } }

        /// The name by which people know it: trustctl's label, or the words that a person put above it.
        package var label: String? {
            if let note { return note.label }
            return comments.last.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    package init(items: [Item] = []) { self.items = items }

    package var fingerprints: Set<Fingerprint> { Set(items.map(\.fingerprint)) }

    package subscript(fingerprint: Fingerprint) -> Item? { items.first { $0.fingerprint == fingerprint } }

    /// The list with `fingerprint` under `note`: at the end, or in its place when it is listed already.
    package func approving(_ fingerprint: Fingerprint, note: ListNote) -> TrustList { approving([(fingerprint, note)]) }

    /// The same for many at once: a list of 100,000 must not be searched for each of them.
    package func approving(_ notes: [(fingerprint: Fingerprint, note: ListNote)]) -> TrustList {
        guard !notes.isEmpty else { return self }
        var next = self
        var places = Dictionary(items.enumerated().map { ($1.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
        for (fingerprint, note) in notes {
            if let index = places[fingerprint] {
                if next.items[index].note != nil { next.items[index].comments.removeLast() }
                next.items[index].comments.append(note.description)
            } else {
                places[fingerprint] = next.items.count
                next.items.append(Item(fingerprint: fingerprint, comments: [note.description]))
            }
        }
        return next
    }

    /// The list without them and without their comments: a name that stayed would seem to belong to the next fingerprint.
    package func removing(_ fingerprints: Set<Fingerprint>) -> TrustList {
        TrustList(items: items.filter { !fingerprints.contains($0.fingerprint) })
    }
}
