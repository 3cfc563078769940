import EximControl
import TrustCore

extension ListFindings {
    /// Approved certificates that Exim refuses for ever, because a macro changes their hash in the ACL: one finding a macro.
    var altered: [Finding] {
        var macros: [String: [HashAlteration]] = [:]
        for alteration in alterations { macros[alteration.macro, default: []].append(alteration) }
        return macros.sorted { $0.key < $1.key }.compactMap { macro, all in
            guard let first = all.first else { return nil }
            let others = all.count > 1 ? ", and of \(all.count - 1) more" : ""
            let place = first.place.map { ", which \($0) defines," } ?? ""
            return Finding(
                .error, "macro-in-fingerprint",
                "the macro \(macro)\(place) is a part of \(first.fingerprint)\(others): exim compares with another text",
                all.count == 1 ? "that client is approved, and cannot relay" : "those clients are approved, and cannot relay",
                mend: "give the macro \(macro) another name; then \(mend.reload)")
        }
    }
}
