import TrustCore

/// One thing that is not as it should be: what is wrong, what can happen, how it is mended. Safe to print.
package struct Finding: Equatable {
    /// The word by which a monitoring system knows it; a contract, like the keys of JSON.
    package let id: String
    package let severity: Severity
    package let problem: String
    package let consequence: String
    /// A command where there is one, else the edit.
    package let mend: String

    package enum Severity: String, CaseIterable {
        /// Mail is lost or refused, or somebody may relay who should not, or will when the next thing goes wrong.
        case error
        case warning
        /// It works, and could work better.
        case note
    }

    package init(_ severity: Severity, _ id: String, _ problem: String, _ consequence: String, mend: String) {
        (self.id, self.severity, self.problem, self.consequence, self.mend) = (id, severity, problem, consequence, mend)
    }
}

extension [Finding] {
    /// The worst first; of one severity in the order in which they were found. Of two that say the same one stays.
    package var ordered: [Finding] {
        var seen: [Finding] = []
        for severity in Finding.Severity.allCases {
            for finding in self where finding.severity == severity && !seen.contains(finding) { seen.append(finding) }
        }
        return seen
    }

    package var hasError: Bool { contains { $0.severity == .error } }
}
