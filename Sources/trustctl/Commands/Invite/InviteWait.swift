import Glibc
import Host
import SystemPackage
import Trust
import TrustCore

/// Waits in the foreground until the invited client has come, and admits it. It holds no lock while it waits.
struct InviteWait {
    let local: LocalTrust
    let invitation: Invitation

    /// Between two looks when nothing wakes it.
    private static let interval = Duration.seconds(2)
    /// After which one who waits for a person is judged again.
    private static let patience = Duration.seconds(30)
    /// The attack: a stranger has entry after entry queued, and each would have root read the whole queue.
    private static let pause: UInt32 = 200_000

    /// What came of it; ends the command with its own status when nobody was admitted.
    func run() throws(Failure) -> Answer {
        var watch = FolderEvents([.init(local.configuration.pending)])
        let decider = Decider(local)
        var told: Set<String> = []
        Terminal.say("this command ends when the client has come; ^C cancels the invitation")
        var arrivals = InvitationArrivals(invitation, in: .init(local.configuration))
        var last = Clock.monotonic
        while true {
            let hasNews: Bool
            do throws(SystemError) { hasNews = try arrivals.hasNews() } catch { throw Failure(error) }
            if hasNews || arrivals.hasComer && Clock.monotonic - last > Self.patience {
                last = Clock.monotonic
                for result in try InvitationRound(decider).run(only: invitation.name) {
                    switch result.outcome {
                    case .admitted(let plan, let notes): return InvitationReport.admitted(invitation, plan, notes)
                    case .closed(let claimants): throw InvitationReport.closed(invitation, claimants)
                    case .waits(let fingerprint, let reasons):
                        let text = InvitationReport.waits(invitation, fingerprint, reasons)
                        if told.insert(text).inserted { Terminal.note("warning: \(text)") }
                    case .open: break
                    }
                }
            }
            if let end = try ended() { return end }
            if Interruption.hasCome { try cancel() }
            if invitation.isExpired(at: .now) {
                throw Failure(
                    "nobody came: the invitation \(invitation.shown) is over", .notReloaded, hint: "`trustctl invite` makes another one")
            }
            watch.wait(Self.interval)
            if !Interruption.hasCome { usleep(Self.pause) }
        }
    }

    /// Another command may have ended it: `admit`, or `invite --cancel`.
    private func ended() throws(Failure) -> Answer? {
        let item: InvitationFolder.Item?
        do throws(SystemError) { item = try local.invitations.item(invitation.name) } catch { throw Failure(error) }
        switch item?.state {
        case .open: return nil
        case .used: return InvitationReport.admittedByAnother(invitation)
        case .closed: throw InvitationReport.closed(invitation, [])
        case nil where invitation.isExpired(at: .now): return nil
        case nil: throw Failure("the invitation \(invitation.shown) was cancelled; nobody was admitted", .noSuchEntry)
        }
    }

    private func cancel() throws(Failure) {
        let proposal = try InvitationProposal(.cancel(invitation.name), local, by: .current)
        let outcome = try Decider(local).carryOut(proposal, by: .current, waiting: 60)
        // Somebody was quicker.
        guard outcome.plan != nil else { return }
        throw Failure("cancelled: the invitation \(invitation.shown) is over, and nobody was admitted", .interrupted)
    }
}
