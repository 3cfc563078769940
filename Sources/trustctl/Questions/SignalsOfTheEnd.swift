import Glibc

/// The signals that would end us while the terminal is not as we found it. They are held back until `release`, which lets them do what they
/// would have done.
struct SignalsOfTheEnd {
    /// Readable when one has arrived.
    let arrived: CInt
    private let write: CInt
    private let before: [(CInt, __sighandler_t?)]

    init() {
        var ends: [CInt] = [-1, -1]
        pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (arrived, write) = (ends[0], ends[1])
        place = ends[1]
        before = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].map { number in
            (
                number,
                signal(number) { number in
                    var byte = UInt8(truncatingIfNeeded: number)
                    _ = Glibc.write(place, &byte, 1)
                }
            )
        }
    }

    func release() {
        for (number, handler) in before { signal(number, handler) }
        place = -1
        close(write)
        var number: UInt8 = 0
        let count = read(arrived, &number, 1)
        close(arrived)
        if count == 1 { raise(CInt(number)) }
    }
}

/// Where the handler writes: it may use nothing else.
nonisolated(unsafe) private var place: CInt = -1
