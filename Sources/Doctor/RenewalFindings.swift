import Host
import Trust
import TrustCore

/// Judges whether somebody approves the renewals that trustd.conf leaves to a timer.
struct RenewalFindings {
    let policy: RenewalPolicy
    var isInFleet = false

    private static let timer = "trustctl-renewals.timer"

    var findings: [Finding] {
        if policy.way.isAutomatic, isInFleet {
            return [
                Finding(
                    .warning, "renewals-without-effect",
                    "trustd.conf has renew = \(policy.way.rawValue), which has no effect on a relay of a fleet",
                    "renewals wait until somebody signs them, and `trustctl admit` fails",
                    mend: "`renew = propose` in trustd.conf, and at a console `trustctl approve --renewals`")
            ]
        }
        guard policy.way.isAutomatic, !Systemd.isEnabled(timer: Self.timer) else { return [] }
        return [
            Finding(
                .note, "renewals-not-approved", "trustd.conf has renew = \(policy.way.rawValue), and \(Self.timer) is not enabled",
                "renewals wait until somebody runs `trustctl admit`", mend: "systemctl enable --now \(Self.timer)")
        ]
    }
}
