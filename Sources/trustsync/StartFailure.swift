import TrustCore

/// Why trustsync does not start, or why `--once` has not done its work.
struct StartFailure: Error {
    let note: Note
    /// As sysexits(3).
    let code: Int32

    init(note: Note, code: Int32) { (self.note, self.code) = (note, code) }

    /// EX_CONFIG: what is configured cannot work.
    static func unsound(_ message: String, hint: String? = nil) -> StartFailure {
        StartFailure(note: Note(message: message, hint: hint, severity: .error), code: 78)
    }
}
