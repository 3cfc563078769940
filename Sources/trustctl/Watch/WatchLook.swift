import FleetCarrier
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

/// Looks at what waits and what was decided, and says what tells of a change.
struct WatchLook {
    let local: LocalTrust
    /// At a console of a fleet: it has no trustd, and what waits there waits on the relays.
    let console: LocalFleet?
    private let fleet: LocalFleet?
    private var reading = FleetReading()
    private let told: Told
    private let filter: ListFilter

    /// What the layers below tell while they look, for the screen.
    private final class Told: Sendable {
        /// Only one thread looks.
        nonisolated(unsafe) var lines: [String] = []
    }

    init(config: String?, filter: ListFilter) throws(Failure) {
        let told = Told()
        self.told = told
        self.filter = filter
        local = try LocalTrust(config: config, progress: Progress(say: { _ in }, note: { told.lines.append($0) }, wait: { _ in }))
        fleet = try LocalFleet(local)
        console = fleet?.configuration.member == nil ? fleet : nil
    }

    /// The register too: a card needs it.
    ///
    /// - Parameter recovering: whether a change that was interrupted is ended first, as every command does.
    mutating func look(recovering: Bool = false) throws(Failure) -> (WatchView, Register) {
        told.lines = []
        var register = try local.lookWithFleet(recovering: recovering, &reading)
        try register.requireQueue()
        try register.lookAtMany()
        let warnings = told.lines.filter { !$0.hasPrefix("hint: ") }
        let refused = Headline.Trustd(local.configuration).refused
        var view = try WatchView(register, filter, warnings: warnings, refused: refused)
        if let console { view.decisions = DecisionLine.last(WatchView.mostDecisions, of: try reading.state(of: console)) }
        return (view, register)
    }

    /// Where something changes: first trustd's report, at a console trustsync's, then what the table and the relays' answers depend on.
    var places: [FolderEvents.Place] {
        let configuration = local.configuration
        let list = configuration.list
        let trustd = FolderEvents.Place(configuration.position, names: [SharedFiles.status, SharedFiles.lock])
        let report = console.map { FolderEvents.Place($0.folders.state, names: [CarrierStatus.name]) } ?? trustd
        return [report] + (fleet?.changes ?? []) + [
            .init(configuration.pending),
            .init(configuration.ledger, names: [Ledger.name]),
            .init(list.removingLastComponent(), names: [list.lastComponent?.string ?? ""]),
            .init(configuration.approved),
        ]
    }
    static let report = 0
}
