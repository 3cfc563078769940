/// For each place a list of places: one behind the other, since nearly every list has one.
struct PlaceLists: Sendable {
    private var ends: [Int32] = []
    private var all: [Int32] = []

    init(_ lists: some Collection<[Int32]>) {
        ends.reserveCapacity(lists.count)
        all.reserveCapacity(lists.count)
        for list in lists {
            all += list
            ends.append(Int32(all.count))
        }
    }

    private init(ends: [Int32], _ all: [Int32]) { (self.ends, self.all) = (ends, all) }

    subscript(place: Int) -> ArraySlice<Int32> { all[(place == 0 ? 0 : Int(ends[place - 1]))..<Int(ends[place])] }

    /// For each place those in whose lists it is.
    func inverted() -> PlaceLists {
        var ends = [Int32](repeating: 0, count: ends.count)
        for place in all { ends[Int(place)] += 1 }
        for place in ends.indices.dropFirst() { ends[place] += ends[place - 1] }
        var free = ends
        var inverted = [Int32](repeating: 0, count: all.count)
        for place in ends.indices {
            for other in self[place].map({ Int($0) }) {
                free[other] -= 1
                inverted[Int(free[other])] = Int32(place)
            }
        }
        return PlaceLists(ends: ends, inverted)
    }
}
