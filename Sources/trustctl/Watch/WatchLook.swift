import Host
import SystemPackage
import Trust
import TrustCore

/// Looks at what waits and what was decided, and says what tells of a change.
struct WatchLook {
    let local: LocalTrust
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
    }

    /// The register too: a card needs it.
    ///
    /// - Parameter recovering: whether a change that was interrupted is ended first, as every command does.
    func look(recovering: Bool = false) throws(Failure) -> (WatchView, Register) {
        told.lines = []
        var register = try local.look(recovering: recovering)
        try register.requireQueue()
        try register.lookAtMany()
        let warnings = told.lines.filter { !$0.hasPrefix("hint: ") }
        let refused = Headline.Trustd(local.configuration).refused
        return (try WatchView(register, filter, warnings: warnings, refused: refused), register)
    }

    /// Where something changes: first trustd's report, then what the table depends on.
    var places: [FolderEvents.Place] {
        let configuration = local.configuration
        let list = configuration.list
        return [
            .init(configuration.position, names: [SharedFiles.status, SharedFiles.lock]),
            .init(configuration.pending),
            .init(configuration.ledger, names: [Ledger.name]),
            .init(list.removingLastComponent(), names: [list.lastComponent?.string ?? ""]),
            .init(configuration.approved),
        ]
    }
    static let report = 0
}
