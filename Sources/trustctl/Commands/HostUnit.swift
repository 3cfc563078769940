import Host
import Trust
import TrustCore

/// A unit of ours that commands start and stop, and that goes on after a boot by itself. Only an installation of the whole host has it.
struct HostUnit {
    let name: String

    /// Runs `admit` while an invitation is open.
    static let admit = HostUnit(name: "trustctl-admit.timer")
    /// Runs `fleet apply` when something comes into the inbox, and when nothing comes.
    static let fleet = [HostUnit(name: "trustctl-fleet.path"), HostUnit(name: "trustctl-fleet.timer")]

    /// Carries a fleet's decisions to its database and back.
    static let carrier = HostUnit(name: "trustsync.service")

    /// Returns why it does not run; nil when it does.
    func start(_ local: LocalTrust) -> String? {
        if let obstacle = obstacle(local) { return obstacle }
        do throws(BusError) {
            // A timer that has run out would not begin again by a start.
            try Systemd.restart(name, local.progress)
            return nil
        } catch { return "\(name) cannot be started: \(error)" }
    }

    func stop(_ local: LocalTrust) {
        guard obstacle(local) == nil else { return }
        do throws(BusError) { try Systemd.stop(name, local.progress) } catch {
            local.progress.note("warning: \(name) cannot be stopped: \(error)")
        }
    }

    private func obstacle(_ local: LocalTrust) -> String? {
        guard local.file == Configuration.defaultPath else { return "\(name) is for \(Configuration.defaultPath) only" }
        guard Systemd.isRunning else { return "systemd does not run here" }
        return Systemd.knows(name) ? nil : "\(name) is not installed"
    }
}
