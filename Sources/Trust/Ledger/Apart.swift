/// A value in a place of its own, where there is one: mostly there is none, and a hundred thousand words would keep room for it.
@propertyWrapper package struct Apart<Value> {
    fileprivate indirect enum Place {
        case none
        case here(Value)
    }

    private var place: Place

    package init(wrappedValue: Value?) { place = wrappedValue.map { .here($0) } ?? .none }

    package var wrappedValue: Value? {
        get { if case .here(let value) = place { value } else { nil } }
        set { place = newValue.map { .here($0) } ?? .none }
    }
}

extension Apart: Equatable where Value: Equatable {
    package static func == (left: Apart, right: Apart) -> Bool { left.wrappedValue == right.wrappedValue }
}

extension Apart: Sendable where Value: Sendable {}
extension Apart.Place: Sendable where Value: Sendable {}
