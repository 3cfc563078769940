import FleetCarrier
import Glibc
import SystemPackage
import TrustCore

/// Tells people, the service manager and `state/status` how it goes. Nothing depends on being heard.
struct Reporter: ~Copyable {
    private let messages = ServiceMessages(of: "trustsync")
    private var notifier = ServiceNotifier()
    private let state: FilePath
    private var status: CarrierStatus
    private var written: CarrierStatus?
    /// What was said last of each kind, so that it is said once.
    private var said: [String: String] = [:]

    init(_ state: FilePath) {
        self.state = state
        status = CarrierStatus(process: Int(getpid()), since: .now, updated: .now)
    }

    func ready() { notifier.ready() }

    mutating func alive() { notifier.alive(now: Clock.monotonic) }

    /// When the service manager expects the next sign of life.
    var due: Duration? { notifier.due }

    func write(_ note: Note) { messages.write(note) }

    /// Says it once, until it is another or none.
    mutating func say(_ kind: String, _ text: String?, hint: String? = nil, severity: SystemLog.Severity = .warning) {
        guard said[kind] != text else { return }
        said[kind] = text
        if let text { messages.write(text, hint: hint, severity: severity) }
    }

    mutating func connected(to host: String, _ way: CarrierStatus.Way) {
        status.connection = .init(host: host, since: .now, way: way)
        status.trouble = nil
        said["connection"] = nil
        messages.write("connected to \(Printable(host, limit: 200)), \(way.rawValue)", severity: .notice)
    }

    mutating func disconnected(_ trouble: String, hint: String? = nil) {
        status.connection = nil
        status.trouble = trouble
        say("connection", trouble, hint: hint)
    }

    mutating func trouble(_ text: String?) { status.trouble = text }

    mutating func heard() { status.heard = .now }

    mutating func count(outbox: Int, missing: Int, accepted: Int) {
        (status.outbox, status.missing, status.accepted) = (outbox, missing, accepted)
    }

    /// Writes what has changed. A disk that cannot take it is no reason to end.
    mutating func flush() {
        status.updated = written?.updated ?? status.updated
        guard status != written else { return }
        status.updated = .now
        let way = status.connection.map { "connected to \($0.host), \($0.way.rawValue)" } ?? "not connected"
        notifier.status([way, status.trouble].compactMap { $0 }.map { Printable($0, limit: 300).description }.joined(separator: "; "))
        do throws(SystemError) {
            let folder = try Folder(state)
            try folder.write(status.encoded, to: ".status", mode: 0o640, synchronized: false)
            try folder.rename(".status", to: "status")
            written = status
            say("status", nil)
        } catch { say("status", "\(error)") }
    }
}
