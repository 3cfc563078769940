import TrustCore

/// Why trustd does not start.
struct StartFailure: Error {
    let note: Note
    let code: Int32

    /// EX_CONFIG: what is configured cannot work.
    static func unsound(_ message: String, hint: String? = nil) -> StartFailure {
        StartFailure(note: Note(message: message, hint: hint, severity: .error), code: 78)
    }

    /// EX_TEMPFAIL: another trustd does the work.
    static func busy(_ message: String, hint: String? = nil) -> StartFailure {
        StartFailure(note: Note(message: message, hint: hint, severity: .error), code: 75)
    }
}
