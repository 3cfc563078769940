import Host
package import SystemPackage
package import TrustCore

/// What makes a rehearsed Exim trust other certificates than the live list does.
package struct ListOverride {
    let macros: [Rehearsal.Macro]
    let substitutions: [Program.Substitution]
}

extension ListForm {
    /// An Exim that trusts exactly `digests`. They are text and not `Fingerprint`: doctor and setup also try the digests of no certificate.
    ///
    /// A folder list is another folder in the live one's place, which is made in `scratch`, where Exim's user may read; the caller removes
    /// that as a whole.
    package func override(_ digests: [String], in scratch: FilePath) throws(SystemError) -> ListOverride {
        switch self {
        case .folder(let live):
            // The same digests have the same folder: a hundred rehearsals need not leave a hundred.
            let candidate = scratch.appending((["approved"] + digests).joined(separator: "."))
            _ = try Folder.making(candidate, mode: 0o755)
            for digest in digests { try LocalFileSystem().create(candidate.appending(digest), [], like: nil, access: .open) }
            return ListOverride(macros: [], substitutions: [.init(candidate: candidate, live: live)])
        // A macro on the command line takes precedence over every file.
        case .macro:
            return ListOverride(macros: [.init(name: Self.macroName, value: digests.joined(separator: " : "))], substitutions: [])
        }
    }
}

extension Rehearsal {
    /// The same session with an Exim that trusts what `list` says.
    package func trusting(_ list: ListOverride) -> Rehearsal {
        var copy = self
        copy.macros = macros.filter { macro in !list.macros.contains { $0.name == macro.name } } + list.macros
        copy.substitutions += list.substitutions
        return copy
    }
}
