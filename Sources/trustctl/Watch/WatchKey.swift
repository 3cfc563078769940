/// A key of `trustctl watch`.
enum WatchKey: Equatable {
    case character(Character)
    case enter, back
    case up, down, pageUp, pageDown, first, last
    case redraw, suspend
    /// Ctrl-C or Ctrl-D.
    case end
    /// One that means nothing here.
    case other

    /// Whether it only moves what is shown: then several at once are a key that is held down.
    var isMove: Bool {
        switch self {
        case .up, .down, .pageUp, .pageDown, .first, .last: true
        default: false
        }
    }
}
