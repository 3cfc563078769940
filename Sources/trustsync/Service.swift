import FleetCarrier
import Glibc
import Postgres
import SystemPackage
import TrustCore

/// trustsync itself: one connection after the other, for ever. It may be killed at any moment: there is nothing to shut down.
struct Service: ~Copyable {
    private let once: Bool
    private let file: FleetFile
    private let places: DatabasePlaces
    private let watch: Watch
    private var carrier: Carrier
    private var reconnecting = Reconnecting()
    /// The host that answered last.
    private var first = 0

    init(
        _ file: FleetFile, _ places: DatabasePlaces, _ folders: CarrierFolders, _ settings: Configuration, once: Bool
    ) throws(StartFailure) {
        (self.file, self.places, self.once) = (file, places, once)
        do throws(SystemError) { carrier = try Carrier(file, folders, settings) } catch {
            throw .unsound("\(error)", hint: "the package makes these folders: systemd-tmpfiles --create")
        }
        watch = Watch(
            written: [folders.outbox, folders.decisions.removingLastComponent()], emptied: [folders.inbox],
            both: file.member == nil ? [] : [settings.pending])
    }

    /// Returns only with `--once`.
    mutating func run() throws(StartFailure) {
        // A fleet without its database must boot.
        carrier.reporter.ready()
        carrier.look()
        carrier.reporter.flush()
        while true {
            let end = follow()
            guard let end else { return }
            if once { throw Self.failure(end) }
            pause(end)
        }
    }

    private static func failure(_ end: Session.End) -> StartFailure {
        switch end {
        case .failure(let failure) where failure.isLoginRefused:
            StartFailure(note: Note(message: "\(failure)", severity: .error), code: 77)
        case .failure(let failure): StartFailure(note: Note(message: "\(failure)", severity: .error), code: 75)
        case .wrong(let text, let hint): .unsound(text, hint: hint)
        }
    }

    /// Connects to the first host that lets us, and stays until the session ends. Nil: with `--once`, all is done.
    private mutating func follow() -> Session.End? {
        var last = Session.End.failure(.lost(text: "no host is named"))
        for step in places.settings.indices {
            let index = (first + step) % places.settings.count
            carrier.reporter.alive()
            do throws(PostgresFailure) {
                var session = try Session(to: places.settings[index], file)
                first = index
                return serve(&session)
            } catch {
                // A refusal by one that answers says more than the silence of another one.
                if case .failure(let failure) = last, !failure.isLoginRefused { last = .failure(error) }
            }
        }
        return last
    }

    private mutating func serve(_ session: inout Session) -> Session.End? {
        do throws(Session.End) { try session.begin(&carrier) } catch { return error }
        reconnecting.succeeded()
        while true {
            let next: Duration
            do throws(PostgresFailure) { next = try session.turn(&carrier) } catch { return .failure(error) }
            carrier.reporter.alive()
            carrier.reporter.flush()
            let now = Clock.monotonic
            if once, next > now || !carrier.healing.isEmpty && carrier.healingAllowance.isUsed {
                carrier.look()
                if !carrier.mustCompare || !carrier.handover.hasRoom { return nil }
            }
            let wake = min(next, carrier.reporter.due ?? next)
            if watch.wait(session.connection.descriptor, max(.zero, wake - now)) {
                watch.watch()
                carrier.look()
            }
        }
    }

    /// Waits, and goes on with what needs no database.
    private mutating func pause(_ end: Session.End) {
        var pause = reconnecting.pause(random: Double.random(in: 0...1))
        switch end {
        case .wrong(let text, let hint):
            pause = Reconnecting.afterRefusal
            carrier.reporter.disconnected(text, hint: hint)
        case .failure(let failure) where failure.isLoginRefused:
            pause = Reconnecting.afterRefusal
            carrier.reporter.disconnected("the database does not let this host in: \(failure)", hint: "trustctl fleet sql --member NAME")
        case .failure(let failure): carrier.reporter.disconnected("\(failure)")
        }
        carrier.isConnected = false
        let until = Clock.monotonic + pause
        while true {
            carrier.reporter.alive()
            carrier.reporter.count(outbox: carrier.outbox.count, missing: carrier.healing.count, accepted: carrier.accepted.count)
            carrier.reporter.flush()
            let now = Clock.monotonic
            guard now < until else { return }
            watch.watch()
            if watch.wait(-1, max(.zero, min(until, carrier.reporter.due ?? until) - now)) { carrier.look() }
        }
    }
}
