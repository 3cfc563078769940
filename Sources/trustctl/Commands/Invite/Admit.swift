import ArgumentParser
import Host
import SystemPackage
import Trust
import TrustCore

struct Admit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "admit",
        abstract: "Approves those who wait and have proved that they were invited, or renew an approved one.",
        discussion: """
            One round over the queue and the open invitations. trustctl-admit.timer runs it after `trustctl invite --detach`. Renewals are \
            approved where trustd.conf has `renew = same-key` or `signed`; trustctl-renewals.timer runs it hourly once it is enabled.
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let local = try LocalTrust(config: common.config, progress: Terminal.progress(json: common.json))
        let results = try InvitationRound(Decider(local)).run()
        Terminal.show(InvitationReport.round(results, try RenewalRound(Decider(local)).run()), json: common.json)
        let isOver: Bool
        do throws(SystemError) { isOver = try !local.invitations.content().items.contains { $0.isOpen() } } catch { throw Failure(error) }
        if isOver { AdmitTimer.stop(local) }
    }
}

/// The unit that runs `admit` while an invitation is open. Only an installation of the whole host has it.
enum AdmitTimer {
    static let unit = "trustctl-admit.timer"

    /// Returns why it does not run; nil when it does.
    static func start(_ local: LocalTrust) -> String? {
        if let obstacle = obstacle(local) { return obstacle }
        do throws(BusError) {
            // A timer that has run out would not begin again by a start.
            try Systemd.restart(unit, local.progress)
            return nil
        } catch { return "\(unit) cannot be started: \(error)" }
    }

    /// Nobody is left to be admitted. A timer that goes on does no harm.
    static func stop(_ local: LocalTrust) {
        guard obstacle(local) == nil else { return }
        do throws(BusError) { try Systemd.stop(unit, local.progress) } catch {
            local.progress.note("warning: \(unit) cannot be stopped: \(error)")
        }
    }

    private static func obstacle(_ local: LocalTrust) -> String? {
        guard local.file == Configuration.defaultPath else { return "\(unit) is for \(Configuration.defaultPath) only" }
        guard Systemd.isRunning else { return "systemd does not run here" }
        return Systemd.knows(unit) ? nil : "\(unit) is not installed"
    }
}
