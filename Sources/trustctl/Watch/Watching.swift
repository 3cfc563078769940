import FleetHost
import Glibc
import Host
import Trust
import TrustCore

/// One sitting of `trustctl watch`: what happens outside becomes a `WatchState`, and that is drawn.
struct Watching: ~Copyable {
    private var looker: WatchLook
    private let readsBack: Bool
    private var decisions: KeyDecisions
    private var state: WatchState
    private var register: Register
    private var follower: WatchFollower
    private var folders: FolderEvents
    private var schedule: WatchSchedule
    private var reader = TypedKeys()
    private var screen = FullScreen()
    private var style: Style
    private var isDirty = true

    /// `local` is for the decisions: what it tells is printed.
    init(_ looker: WatchLook, _ local: LocalTrust, readsBack: Bool, waiting wait: Int, _ choice: FleetChoice) throws(Failure) {
        (self.looker, self.readsBack) = (looker, readsBack)
        decisions = KeyDecisions(local, waiting: wait, choice, waitsForRelays: false)
        style = Style(for: STDOUT_FILENO)
        // Watched before it is looked at: nothing that comes between is missed.
        folders = FolderEvents(looker.places)
        schedule = WatchSchedule(now: Clock.monotonic)
        follower = WatchFollower(looker.local.configuration, console: looker.console)
        let start = Clock.monotonic
        let (view, register) = try self.looker.look(recovering: true)
        self.register = register
        schedule.looked(from: start, to: Clock.monotonic)
        state = WatchState(size: screen.size, mayDecide: choice.hasRight(local))
        state.take(view)
        glance(at: Clock.monotonic)
    }

    /// Why it is over.
    enum End {
        case quit
        /// The terminal takes and gives nothing any more.
        case gone
        case signal(CInt)
    }

    /// Until somebody quits. Whatever ends it, the terminal is as before.
    mutating func run() throws(Failure) -> End {
        guard screen.enter() else { return end(.gone) }
        do throws(Failure) {
            while true {
                turn(at: Clock.monotonic)
                if isDirty, !draw() { return end(.gone) }
                let now = Clock.monotonic
                let wakes = screen.wait(folders.descriptor, atMost: schedule.pause(at: now).milliseconds)
                if let number = wakes.signal {
                    if SignalsOfTheEnd.isEnd(number) { return end(.signal(number)) }
                    guard took(number) else { return end(.gone) }
                } else if wakes.hasInput, let over = try takeInput() {
                    return end(over)
                }
                if wakes.hasEvents { takeEvents(at: Clock.monotonic) }
            }
        } catch {
            screen.leave()
            throw error
        }
    }

    private mutating func end(_ end: End) -> End {
        screen.leave()
        return end
    }

    /// Does what is due.
    private mutating func turn(at now: Duration) {
        if schedule.isTickDue(at: now) {
            folders.watchMissing()
            if !folders.isComplete || state.obstacle != nil { schedule.changed(at: now) }
            schedule.reported(at: now)
            isDirty = true
        }
        if schedule.isLookDue(at: now) { look() }
        if schedule.isGlanceDue(at: now) { glance(at: now) }
    }

    private mutating func draw() -> Bool {
        isDirty = false
        let lines = WatchScreen.lines(state, style.wide(state.size.columns), now: .now)
        return screen.draw(lines)
    }

    private mutating func look() {
        let start = Clock.monotonic
        do throws(Failure) {
            let (view, register) = try looker.look()
            self.register = register
            state.take(view)
            state.obstacle = nil
        } catch { state.obstacle = error.reason }
        lookForAnswers()
        schedule.looked(from: start, to: Clock.monotonic)
        isDirty = true
    }

    /// Receipts come without anybody waiting for them here.
    private mutating func lookForAnswers() {
        guard decisions.answers != nil else { return }
        do throws(Failure) { try decisions.answers?.look() } catch { state.obstacle = error.reason }
        state.answer = decisions.answers.map { WatchFollower.Line(answers: SpreadReport(spread: $0.spread)) }
    }

    private mutating func glance(at now: Duration) {
        follower.look(at: now)
        schedule.glanced(at: now)
        schedule.wake(at: follower.change(after: now))
        let line = follower.line(at: now)
        guard line != state.follower else { return }
        state.follower = line
        isDirty = true
    }

    private mutating func takeEvents(at now: Duration) {
        let changed = folders.taken()
        if changed.contains(WatchLook.report) { schedule.reported(at: now) }
        if changed.contains(where: { $0 != WatchLook.report }) { schedule.changed(at: now) }
        if !folders.isComplete { folders.watchMissing() }
    }

    /// False when the terminal is gone.
    private mutating func took(_ number: CInt) -> Bool {
        isDirty = true
        switch number {
        case SIGTSTP: return stop()
        case SIGCONT:
            guard screen.take() else { return false }
            fallthrough
        default:
            screen.forget()
            state.resize(screen.size)
            return true
        }
    }

    /// Stops as any program does at Ctrl-Z, and goes on when somebody brings it back.
    private mutating func stop() -> Bool {
        screen.leave()
        raise(SIGTSTP)
        return comeBack()
    }

    private mutating func comeBack() -> Bool {
        guard screen.enter() else { return false }
        state.resize(screen.size)
        schedule.mustLook(at: Clock.monotonic)
        schedule.reported(at: Clock.monotonic)
        isDirty = true
        return true
    }

    private mutating func takeInput() throws(Failure) -> End? {
        let start = Clock.monotonic
        let bytes = screen.typed()
        // A signal is told in the next turn.
        if bytes.isEmpty { return screen.hasSignal ? nil : .gone }
        isDirty = true
        switch state.take(reader.take(bytes, from: start, to: Clock.monotonic)) {
        case .none: return nil
        case .quit: return .quit
        case .suspend: return stop() ? nil : .gone
        case .redraw: screen.forget()
        case .open(let fingerprint): open(fingerprint)
        case .approve(let fingerprint):
            return try decide(below: \.text) { watching throws(Failure) in
                let card = watching.state.card
                return try watching.decisions.attempt(.approve, watching.decisions.approval(of: fingerprint, card?.readBack))
            }
        case .deny(let fingerprint):
            return try decide(below: \.identity) { watching throws(Failure) in
                try watching.decisions.attempt(.deny, Deny.request(["\(fingerprint)"], reason: nil))
            }
        case .forget(let fingerprint):
            return try decide(below: \.identity) { watching throws(Failure) in
                try watching.decisions.attempt(.forget, watching.decisions.forgetting(fingerprint))
            }
        case .undo: return try decide(below: nil) { watching throws(Failure) in try watching.decisions.undo() }
        }
        return nil
    }

    private mutating func open(_ fingerprint: Fingerprint) {
        let record = register[fingerprint]
        let readBack = readsBack ? ReadBack(fingerprint) : nil
        state.open(OpenedCard(record: record, warnings: Warnings(register, of: [record]), readBack: readBack, isAsked: false))
        // What was typed before the card is seen decides nothing. A terminal that is gone is noticed in the next turn.
        _ = draw()
        TerminalInput.flush()
        state.askAboutCard()
        isDirty = true
    }

    /// Lets go of the screen for a decision: what is asked and told stays in the terminal as that of every command does. Nil: goes on.
    ///
    /// - Parameter part: what of the card stands above; nil: the decision is not about the card.
    private mutating func decide(
        below part: KeyPath<ReviewCard, String>?, _ body: (inout Watching) throws(Failure) -> Bool
    ) throws(Failure) -> End? {
        screen.leave()
        if let part, let card = state.card {
            let style = style.wide(state.size.columns)
            Output.tell(ReviewCard(card.record, card.warnings, "", card.readBack, style)[keyPath: part])
        }
        let isDone = try body(&self)
        if isDone { state.answer = nil }
        if decisions.hasToldMore, TerminalKeys.ask("press a key to go back to the table ") == .end { return .quit }
        guard comeBack() else { return .gone }
        look()
        if isDone, part != nil { state.closeCard() } else if let card = state.card { open(card.fingerprint) }
        if isDone, part == nil { state.say("the last decision made here is taken back") }
        return nil
    }
}
