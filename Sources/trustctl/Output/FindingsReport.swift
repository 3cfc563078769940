import Doctor

extension [Finding] {
    /// A paragraph each.
    func text(_ style: Style) -> String {
        map { finding in
            let title = "\(finding.severity.rawValue): \(finding.problem)"
            return """
                \(finding.severity == .note ? title : style.warning(title)) [\(finding.id)]
                  \(finding.consequence)
                  to fix it: \(finding.mend)

                """
        }.joined(separator: "\n")
    }
}

/// `{"version":1,"findings":[…]}`
struct FindingsDocument: Encodable {
    let version = 1
    let findings: [Line]

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
