import CSystemd

/// Tells the service manager how we are, if there is one (`NOTIFY_SOCKET`, sd_notify(3)). Nothing depends on it being heard.
struct ServiceNotifier {
    /// Milliseconds between signs of life: a third of what the service manager allows; nil when it wants none.
    private let interval: Int64?
    private var lastSign: Int64?
    private var lastStatus = ""

    init() {
        var microseconds: UInt64 = 0
        interval = sd_watchdog_enabled(0, &microseconds) > 0 ? max(1, Int64(microseconds / 3_000)) : nil
    }

    /// When the next sign of life is due.
    var due: Int64? { interval.map { (lastSign ?? 0) + $0 } }

    func ready() { sd_notify(0, "READY=1") }

    mutating func alive(now: Int64) {
        guard let interval, now - (lastSign ?? -interval) >= interval else { return }
        lastSign = now
        sd_notify(0, "WATCHDOG=1")
    }

    mutating func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        sd_notify(0, "STATUS=\(text)")
    }
}
