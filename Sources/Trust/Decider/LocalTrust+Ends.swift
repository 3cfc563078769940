import Host
import TrustCore

extension LocalTrust {
    /// The timer that runs `trustctl expire`.
    package static let expiryTimer = "trustctl-expire.timer"

    /// What somebody should know who approves until a date: Exim knows no such end.
    static func cautions(aboutEndsOf wishes: [TrustPlan.Wish]) -> [String] {
        let hasEnd = wishes.contains { if case .set = $0.until { $0.after == .approved } else { false } }
        guard hasEnd, !Systemd.isEnabled(timer: LocalTrust.expiryTimer) else { return [] }
        return [
            "an approval ends when `trustctl expire` runs, and its timer is not enabled: "
                + "`systemctl enable --now \(LocalTrust.expiryTimer)`"
        ]
    }
}
