import Host
import Trust
import TrustCore

/// Judges whether somebody approves the renewals that trustd.conf leaves to a timer.
struct RenewalFindings {
    let policy: RenewalPolicy

    private static let timer = "trustctl-renewals.timer"

    var findings: [Finding] {
        guard policy.way.isAutomatic, !Systemd.isEnabled(timer: Self.timer) else { return [] }
        return [
            Finding(
                .note, "renewals-not-approved", "trustd.conf has renew = \(policy.way.rawValue), and \(Self.timer) is not enabled",
                "renewals wait until somebody runs `trustctl admit`", mend: "systemctl enable --now \(Self.timer)")
        ]
    }
}
