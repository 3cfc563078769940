import TrustCore

/// One thing that is wrong: the problem, its consequence and its remedy. Safe to print.
package struct Finding: Hashable {
    /// The identifier for monitoring systems; a contract, like the keys of JSON.
    package let id: String
    package let severity: Severity
    package let problem: String
    package let consequence: String
    /// The remedy: a command where there is one, else the edit.
    package let mend: String

    package enum Severity: String, CaseIterable {
        /// Mail is lost or refused, a client may relay that must not, or the next fault will lead to that.
        case error
        case warning
        /// It works, but could work better.
        case note
    }

    package init(_ severity: Severity, _ id: String, _ problem: String, _ consequence: String, mend: String) {
        (self.id, self.severity, self.problem, self.consequence, self.mend) = (id, severity, problem, consequence, mend)
    }
}

extension [Finding] {
    /// The worst first, within a severity in the order in which they were found; each only once.
    package var ordered: [Finding] {
        var seen: Set<Finding> = []
        let once = filter { seen.insert($0).inserted }
        return Finding.Severity.allCases.flatMap { severity in once.filter { $0.severity == severity } }
    }

    /// As they are when they are few; else one for each severity, with the first of them: `what` is the rest of “1200 …, first: …”.
    func summed(_ what: String) -> [Finding] {
        guard count > 3 else { return self }
        return Finding.Severity.allCases.flatMap { severity -> [Finding] in
            let same = filter { $0.severity == severity }
            guard same.count > 3, let first = same.first else { return same }
            return [
                Finding(
                    severity, first.id, "\(same.count) \(what), first: \(first.problem)", first.consequence,
                    mend: "\(first.mend), and so on for the others")
            ]
        }
    }

    package var hasError: Bool { contains { $0.severity == .error } }
}
