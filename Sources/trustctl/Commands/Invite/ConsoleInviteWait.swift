import Certificates
import FleetCarrier
import FleetHost
import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// Waits in the foreground until the invited client has come to its relay and is mirrored here, or to this relay, and signs its approval. Nobody else admits it.
struct ConsoleInviteWait {
    let invite: ConsoleInvite
    let invitation: Invitation

    private var fleet: LocalFleet { invite.fleet }

    /// Between two looks when nothing wakes it.
    private static let interval = Duration.seconds(2)
    /// After which somebody who has come, and is not admitted, is judged again.
    private static let patience = Duration.seconds(5)
    /// The attack: a database tells of entry after entry, and each would have all of them read.
    private static let pause: UInt32 = 200_000

    /// Throws unless the client was admitted, and every relay has said so.
    func run() throws(Failure) {
        let own = try OperatorInvitations()
        let lock = try own.wait(invitation.name)
        defer { withExtendedLifetime(lock) {} }
        var watch = FolderEvents(fleet.guestPlaces + [.init(own.folder.path)])
        var arrivals = fleet.arrivals(for: invitation)
        var told: Set<String> = []
        var (last, written) = (Clock.monotonic, fleet.storeWritten)
        Terminal.say("this command ends when the client has come; ^C cancels the invitation")
        while true {
            let hasNews = try news(&arrivals, own)
            let now = fleet.storeWritten
            if hasNews || arrivals.hasComer && (now != written || Clock.monotonic - last > Self.patience) {
                (last, written) = (Clock.monotonic, now)
                switch try verdict(arrivals) {
                case .open: break
                case .waits(let fingerprint, let reasons):
                    let text = InvitationReport.waits(invitation, fingerprint, reasons)
                    if told.insert(text).inserted { Terminal.note("warning: \(text)") }
                case .closed(let claimants):
                    try own.close(invitation.name)
                    throw InvitationReport.closed(invitation, claimants)
                case .admitted(let fingerprint):
                    guard try own.use(invitation, for: fingerprint) else { break }
                    return Terminal.show(InvitationReport.admittedByAnother(invitation), json: invite.json)
                case .good(let fingerprint):
                    if let signed = try admit(fingerprint, &arrivals, own) { return try conclude(signed, fingerprint) }
                    // Something has changed meanwhile, or it was cancelled.
                    last -= Self.patience
                }
            }
            if Interruption.hasCome, try own.remove(invitation.name) {
                throw Failure("cancelled: the invitation \(invitation.shown) is over, and nobody was admitted", .interrupted)
            }
            guard try isOpen(own) else {
                throw Failure("the invitation \(invitation.shown) was cancelled; nobody was admitted", .noSuchEntry)
            }
            if invitation.isExpired(at: .now) {
                _ = try own.remove(invitation.name)
                throw Failure(
                    "nobody came: the invitation \(invitation.shown) is over", .notReloaded, hint: "`trustctl invite` makes another one")
            }
            watch.wait(Self.interval)
            if !Interruption.hasCome { usleep(Self.pause) }
        }
    }

    private func news(_ arrivals: inout InvitationArrivals, _ own: OperatorInvitations) throws(Failure) -> Bool {
        do throws(SystemError) { guard try arrivals.hasNews() else { return false } } catch { throw Failure(error) }
        // If it was cancelled meanwhile, that is seen soon.
        _ = try own.remember(arrivals.comers, of: invitation)
        return true
    }

    private func isOpen(_ own: OperatorInvitations) throws(Failure) -> Bool {
        do throws(SystemError) { return try own.folder.item(invitation.name)?.state == .open } catch { throw Failure(error) }
    }

    private func verdict(_ arrivals: InvitationArrivals) throws(Failure) -> InvitationVerdict {
        InvitationVerdict(invitation, comers: arrivals.comers, try fleet.local.lookWithFleet(recovering: false))
    }

    /// Signs the approval, uses the invitation up, and leaves the decision to root or trustsync, in this order: wherever it is killed, nobody
    /// else comes in by the code. Nil: what was signed is kept nowhere, because it is not what it was.
    ///
    /// The attack: a second one with the code comes while a person touches the security key.
    private func admit(
        _ fingerprint: Fingerprint, _ arrivals: inout InvitationArrivals, _ own: OperatorInvitations
    ) throws(Failure) -> SigningOptions.Signed? {
        let wanted = Request.Wanted(fingerprint: fingerprint, after: .approved, terms: Terms(label: invitation.label))
        let register = try fleet.local.lookWithFleet(recovering: false)
        let certificate = register[fingerprint].outline?.der.map { CertificateRecord(der: $0) }
        var (isStale, isUsed) = (false, false)
        do throws(Failure) {
            return try invite.signing.decide(
                fleet, reason: reason, waiting: 60, bringing: certificate.map { [$0] } ?? [],
                sealing: { () throws(Failure) in
                    _ = try news(&arrivals, own)
                    if try verdict(arrivals) == .good(fingerprint) { isUsed = try own.use(invitation, for: fingerprint) }
                    isStale = !isUsed
                    if isStale { throw Failure("what was signed is thrown away", .busy) }
                }
            ) { state throws(Failure) in state.blocks([wanted]) }
        } catch {
            if isStale {
                Terminal.note("warning: that signature is thrown away: the invitation is not what it was")
                return nil
            }
            // Signed, and used up: what has become of the decision is what the failure says.
            if isUsed { throw error.adding(["the invitation \(invitation.shown) is used up for \(fingerprint)"]) }
            let isOver = try own.remove(invitation.name)
            if Interruption.hasCome, isOver {
                throw Failure("cancelled: the invitation \(invitation.shown) is over, and nobody was admitted", .interrupted)
            }
            throw error.adding(["the invitation \(invitation.shown) is over, and nobody was admitted: \(fingerprint) waits"])
        }
    }

    /// In the decision nothing else says how it came.
    private var reason: String { invitation.reason.map { "\($0) (invitation \(invitation.name))" } ?? "invitation \(invitation.name)" }

    private func conclude(_ signed: SigningOptions.Signed, _ fingerprint: Fingerprint) throws(Failure) {
        let report = try invite.signing.spread(of: signed, in: fleet).map { SpreadReport(spread: $0) }
        for sentence in report?.spread.trustedAgain ?? [] { Terminal.note("warning: \(sentence)") }
        Terminal.show(
            InvitationReport.signed(invitation, fingerprint, signed.notes, report, isRelay: fleet.configuration.member != nil),
            json: invite.json)
        if let failure = report?.failure { throw failure }
    }
}
