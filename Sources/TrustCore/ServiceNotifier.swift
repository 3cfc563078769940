import Glibc

/// Tells the service manager how a service does, if there is one (`NOTIFY_SOCKET`, sd_notify(3)). Nothing depends on being heard.
package struct ServiceNotifier {
    /// Between two signs of life: a third of what the service manager allows; nil when it wants none.
    private let interval: Duration?
    private var lastSign: Duration?
    private var lastStatus = ""

    package init() {
        // What is meant for another process, which has started this one, says so.
        let isOurs = Self.variable("WATCHDOG_PID").map { $0 == "\(getpid())" } ?? true
        let wanted = isOurs ? Self.variable("WATCHDOG_USEC").flatMap { UInt64($0) } : nil
        interval = wanted.flatMap { $0 > 0 && $0 < .max ? .microseconds(Int64(clamping: $0)) / 3 : nil }
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    private func send(_ text: String) { if let name = Self.variable("NOTIFY_SOCKET") { LocalDatagram.send(Array(text.utf8), to: name) } }

    /// When the next sign of life is due.
    package var due: Duration? { interval.map { (lastSign ?? .zero) + $0 } }

    package func ready() { send("READY=1") }

    package mutating func alive(now: Duration) {
        guard let interval, lastSign.map({ now - $0 >= interval }) ?? true else { return }
        lastSign = now
        send("WATCHDOG=1")
    }

    package mutating func status(_ text: String) {
        guard text != lastStatus else { return }
        lastStatus = text
        send("STATUS=\(text)")
    }
}
