/// Values by numbers. Mostly there is one at most, and then it takes no memory of its own.
enum FewByNumber<Value: Sendable>: Sendable {
    case none
    case one(Int32, Value)
    case several([Int32: Value])

    init() { self = .none }

    subscript(number: Int32) -> Value? {
        get {
            switch self {
            case .none: nil
            case .one(let only, let value): only == number ? value : nil
            case .several(let values): values[number]
            }
        }
        set {
            switch self {
            case .none: if let newValue { self = .one(number, newValue) }
            case .one(let only, let value):
                if only == number {
                    self = newValue.map { .one(number, $0) } ?? .none
                } else if let newValue {
                    self = .several([only: value, number: newValue])
                }
            case .several(var values):
                // Not two of them at once: then it would be copied each time.
                self = .none
                values[number] = newValue
                self = .several(values)
            }
        }
    }

    /// In no order.
    var all: [(number: Int32, value: Value)] {
        switch self {
        case .none: []
        case .one(let number, let value): [(number, value)]
        case .several(let values): values.map { ($0.key, $0.value) }
        }
    }
}
