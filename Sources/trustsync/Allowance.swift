/// So much in a span of time, and then nothing until the next one.
struct Allowance {
    let count: Int
    let bytes: Int
    let span: Duration
    private var used = (count: 0, bytes: 0)
    private var since: Duration?

    init(count: Int, bytes: Int = .max, each span: Duration) { (self.count, self.bytes, self.span) = (count, bytes, span) }

    var isUsed: Bool { used.count >= count || used.bytes >= bytes }

    /// When there is more again; nil while there is some.
    mutating func nextRoom(now: Duration) -> Duration? {
        guard let since, now - since < span else {
            (self.since, used) = (now, (0, 0))
            return nil
        }
        return isUsed ? since + span : nil
    }

    mutating func use(bytes: Int = 0) {
        used.count += 1
        used.bytes += bytes
    }
}
