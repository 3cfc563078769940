/// Something that the operator should hear, from code that does not print itself.
package struct Note: Equatable, Sendable {
    package let message: String
    /// What to do about it.
    package let hint: String?
    package let severity: SystemLog.Severity

    package init(message: String, hint: String? = nil, severity: SystemLog.Severity = .warning) {
        self.message = message
        self.hint = hint
        self.severity = severity
    }
}
