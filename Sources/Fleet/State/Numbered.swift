/// Values, each once, numbered as they came. Wherever one is named again its number stands for it, which has four bytes.
struct Numbered<Value: Hashable & Sendable>: Sendable {
    private(set) var values: [Value] = []
    /// The numbers by the values' hashes, each in the first free place from there on; never more than half of the places are taken.
    private var slots: [Int32] = []

    private static var free: Int32 { -1 }

    subscript(number: Int32) -> Value { values[Int(number)] }

    /// Nil for a value that was never added.
    func number(of value: Value) -> Int32? {
        guard !slots.isEmpty else { return nil }
        let number = slots[slot(of: value)]
        return number == Self.free ? nil : number
    }

    @discardableResult
    mutating func add(_ value: Value) -> Int32 {
        if 2 * (values.count + 1) > slots.count { grow() }
        let slot = slot(of: value)
        if slots[slot] == Self.free {
            slots[slot] = Int32(values.count)
            values.append(value)
        }
        return slots[slot]
    }

    /// Where it is, or would be. The attack: values whose hashes are alike, so that each is looked for everywhere. Hashes have a seed that is
    /// drawn anew in each process.
    private func slot(of value: Value) -> Int {
        let last = slots.count - 1
        var slot = value.hashValue & last
        while slots[slot] != Self.free, values[Int(slots[slot])] != value { slot = (slot + 1) & last }
        return slot
    }

    private mutating func grow() {
        slots = [Int32](repeating: Self.free, count: max(16, 2 * slots.count))
        for (number, value) in values.enumerated() { slots[slot(of: value)] = Int32(number) }
    }
}
