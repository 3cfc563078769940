import Glibc

/// The signals that would end us while the terminal is not as we found it. They are held back until `release`, which lets them do what they
/// would have done.
struct SignalsOfTheEnd {
    /// Readable when one has arrived.
    let arrived: CInt
    private let write: CInt
    private let before: [(CInt, __sighandler_t?)]

    /// `others` are told too, and do nothing else.
    init(and others: [CInt] = []) {
        var ends: [CInt] = [-1, -1]
        pipe(&ends)
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            // Neither a handler nor `next` may wait.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (arrived, write) = (ends[0], ends[1])
        place = ends[1]
        before = (Self.numbers + others).map { number in
            (
                number,
                signal(number) { number in
                    var byte = UInt8(truncatingIfNeeded: number)
                    _ = Glibc.write(place, &byte, 1)
                }
            )
        }
    }

    private static let numbers = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]

    /// Whether it would have ended us.
    static func isEnd(_ number: CInt) -> Bool { numbers.contains(number) }

    /// The first one that has arrived and was not told before.
    func next() -> CInt? {
        var number: UInt8 = 0
        while true {
            let count = read(arrived, &number, 1)
            if count < 0 && errno == EINTR { continue }
            return count == 1 ? CInt(number) : nil
        }
    }

    func release() {
        for (number, handler) in before { signal(number, handler) }
        place = -1
        close(write)
        var left: [CInt] = []
        while let number = next() { left.append(number) }
        close(arrived)
        for number in left { raise(number) }
    }
}

/// Where the handler writes: it may use nothing else.
nonisolated(unsafe) private var place: CInt = -1
