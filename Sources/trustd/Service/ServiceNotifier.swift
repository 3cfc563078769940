import CSystemd

/// Tells the service manager how trustd does, if there is one (`NOTIFY_SOCKET`, sd_notify(3)). Nothing depends on being heard.
struct ServiceNotifier {
    /// Between two signs of life: a third of what the service manager allows; nil when it wants none.
    private let interval: Duration?
    private var lastSign: Duration?
    private var lastStatus = ""

    init() {
        var microseconds: UInt64 = 0
        interval = sd_watchdog_enabled(0, &microseconds) > 0 ? .microseconds(Int64(clamping: microseconds)) / 3 : nil
    }

    /// When the next sign of life is due.
    var due: Duration? { interval.map { (lastSign ?? .zero) + $0 } }

    func ready() { sd_notify(0, "READY=1") }

    mutating func alive(now: Duration) {
        guard let interval, lastSign.map({ now - $0 >= interval }) ?? true else { return }
        lastSign = now
        sd_notify(0, "WATCHDOG=1")
    }

    mutating func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        sd_notify(0, "STATUS=\(text)")
    }
}
