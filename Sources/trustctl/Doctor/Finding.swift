import TrustCore

/// One thing that is not as it should be: what is wrong, what can happen, how it is mended. Safe to print.
struct Finding: Equatable {
    /// The word by which a monitoring system knows it; a contract, like the keys of JSON.
    let id: String
    let severity: Severity
    let problem: String
    let consequence: String
    /// A command where there is one, else the edit.
    let mend: String

    enum Severity: String, CaseIterable {
        /// Mail is lost or refused, or somebody may relay who should not, or will when the next thing goes wrong.
        case error
        case warning
        /// It works, and could work better.
        case note
    }

    init(_ severity: Severity, _ id: String, _ problem: String, _ consequence: String, mend: String) {
        (self.id, self.severity, self.problem, self.consequence, self.mend) = (id, severity, problem, consequence, mend)
    }
}

extension [Finding] {
    /// The worst first; of one severity in the order in which they were found. Of two that say the same one stays.
    var ordered: [Finding] {
        var seen: [Finding] = []
        for severity in Finding.Severity.allCases {
            for finding in self where finding.severity == severity && !seen.contains(finding) { seen.append(finding) }
        }
        return seen
    }

    var hasError: Bool { contains { $0.severity == .error } }

    /// A paragraph each.
    func text(_ style: Style) -> String {
        map { finding in
            let title = "\(finding.severity.rawValue): \(finding.problem)"
            return """
                \(finding.severity == .note ? title : style.warning(title)) [\(finding.id)]
                  \(finding.consequence)
                  to mend it: \(finding.mend)

                """
        }.joined(separator: "\n")
    }
}

/// `{"version":1,"findings":[…]}`
struct FindingsDocument: Encodable {
    let version = 1
    let findings: [Line]

    enum CodingKeys: CodingKey {
        case version, findings
    }

    struct Line: Encodable {
        let id: String
        let severity: String
        let problem: String
        let consequence: String
        let mend: String
    }

    init(_ findings: [Finding]) {
        self.findings = findings.map {
            Line(id: $0.id, severity: $0.severity.rawValue, problem: $0.problem, consequence: $0.consequence, mend: $0.mend)
        }
    }
}
