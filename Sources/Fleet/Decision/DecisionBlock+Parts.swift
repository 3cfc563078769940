extension [DecisionBlock] {
    /// These as the blocks of as few decisions as hold them, in order: what is about keys and members stands in the last one.
    ///
    /// The attack: so many certificates that a stolen key has taken away that no single text holds them, and with it nobody could take out the
    /// key. What is said before the key goes counts already.
    package var parts: [[DecisionBlock]] {
        var parts: [[DecisionBlock]] = []
        var size = 0
        for block in self {
            let length = block.length
            if parts.isEmpty || parts[parts.count - 1].count == Decision.mostBlocks || size + length > Self.room {
                parts.append([])
                size = 0
            }
            parts[parts.count - 1].append(block)
            size += length
        }
        return parts
    }

    /// What a text holds besides its blocks: names, eight parents and a reason take less.
    private static var room: Int { Decision.maximumSize - 4_096 }
}
