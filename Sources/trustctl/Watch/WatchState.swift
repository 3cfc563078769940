import TrustCore

/// What `trustctl watch` shows, and what its keys do. A pure value: events in, what is to be done out.
struct WatchState {
    struct Size: Equatable {
        var rows: Int
        var columns: Int
    }

    /// What a key asks for, beyond what is shown. A decision is about the opened card and no other.
    enum Action: Equatable {
        case none, quit, suspend, redraw, undo
        case open(Fingerprint)
        case approve(Fingerprint)
        case deny(Fingerprint)
        case forget(Fingerprint)
    }

    var size: Size
    /// Whether this user may: others only look.
    let mayDecide: Bool
    var follower = WatchFollower.Line(text: "", isBad: false)
    /// What a fleet's relays have answered to the last decision made here.
    var answer: WatchFollower.Line?
    /// Why the last look has failed; what is shown is older then.
    var obstacle: String?
    private(set) var view = WatchView()
    /// The place of the marked row.
    private(set) var marked = 0
    /// The place of the first row on the screen.
    private(set) var top = 0
    private(set) var card: OpenedCard?
    private(set) var showsHelp = false
    /// A line for the operator, until the next key.
    private(set) var notice: String?

    init(size: Size, mayDecide: Bool) { (self.size, self.mayDecide) = (size, mayDecide) }

    var markedFingerprint: Fingerprint? { view.fingerprints.indices.contains(marked) ? view.fingerprints[marked] : nil }

    /// What was found by a new look. The mark stays on its certificate; where that one is gone, it stays in its place.
    mutating func take(_ new: WatchView) {
        let before = markedFingerprint
        view = new
        marked = before.flatMap { view.fingerprints.firstIndex(of: $0) } ?? marked
        if let opened = card { card?.standing = view.standing(opened.fingerprint) }
        keepMarkVisible()
    }

    mutating func resize(_ new: Size) {
        size = new
        keepMarkVisible()
    }

    mutating func say(_ text: String) { notice = text }

    mutating func open(_ opened: OpenedCard) {
        card = opened
        card?.standing = view.standing(opened.fingerprint)
    }

    mutating func askAboutCard() { card?.isAsked = true }

    mutating func closeCard() { card = nil }

    mutating func take(_ typed: TypedKeys.Typed) -> Action {
        notice = nil
        guard case .keys(let keys) = typed else {
            notice = "pasted text is ignored: press one key"
            return .none
        }
        // More than one are moves.
        return keys.reduce(.none) { _, key in take(key) }
    }

    private mutating func take(_ key: WatchKey) -> Action {
        switch key {
        case .end, .character("q"): return .quit
        case .suspend: return .suspend
        case .redraw: return .redraw
        default: break
        }
        if showsHelp {
            showsHelp = false
            return .none
        }
        if key == .character("?") {
            showsHelp = true
            return .none
        }
        return card == nil ? takeInTable(key) : takeOnCard(key)
    }

    private mutating func takeInTable(_ key: WatchKey) -> Action {
        let last = max(0, view.fingerprints.count - 1)
        let page = max(1, TablePage(self).capacity)
        switch key {
        case .up: marked = max(0, marked - 1)
        case .down: marked = min(last, marked + 1)
        case .pageUp: marked = max(0, marked - page)
        case .pageDown: marked = min(last, marked + page)
        case .first: marked = 0
        case .last: marked = last
        case .enter: return markedFingerprint.map { .open($0) } ?? .none
        case .character(let key) where "adfsu".contains(key): notice = "\(key) decides only on an opened card: Enter opens the marked one"
        case .character, .other: notice = "no key here: ? shows the keys"
        default: break
        }
        keepMarkVisible()
        return .none
    }

    private mutating func takeOnCard(_ key: WatchKey) -> Action {
        guard let opened = card else { return .none }
        let page = CardPage(self, opened)
        switch key {
        case .up: card?.scrolled = page.scrolled(by: -1)
        case .down: card?.scrolled = page.scrolled(by: 1)
        case .pageUp: card?.scrolled = page.scrolled(by: -page.height)
        case .pageDown: card?.scrolled = page.scrolled(by: page.height)
        case .first: card?.scrolled = page.scrolled(by: -page.length)
        case .last: card?.scrolled = page.scrolled(by: page.length)
        case .back: card = nil
        case .character("s"):
            card = nil
            if markedFingerprint == opened.fingerprint { return takeInTable(.down) }
        case .character(let key) where "adfu".contains(key): return decide(key, opened)
        case .character, .other: notice = "no key here: ? shows the keys"
        default: break
        }
        return .none
    }

    private mutating func decide(_ key: Character, _ opened: OpenedCard) -> Action {
        guard mayDecide else {
            notice = "only root decides: sudo trustctl watch"
            return .none
        }
        if key == "u" { return .undo }
        guard opened.standing == nil else { return .none }
        switch key {
        case "a": return .approve(opened.fingerprint)
        case "d": return .deny(opened.fingerprint)
        default: return .forget(opened.fingerprint)
        }
    }

    private mutating func keepMarkVisible() {
        let count = view.fingerprints.count
        marked = max(0, min(marked, count - 1))
        let capacity = max(1, TablePage(self).capacity)
        top = max(0, min(top, marked, count - capacity))
        if marked >= top + capacity { top = marked - capacity + 1 }
    }
}
