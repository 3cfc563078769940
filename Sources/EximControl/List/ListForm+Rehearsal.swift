import Host
import SystemPackage

/// What makes a rehearsed Exim trust other certificates than the live list does.
package struct ListOverride {
    let macros: [Rehearsal.Macro]
    let substitutions: [Program.Substitution]
}

extension ListForm {
    /// An Exim that trusts exactly `digests`. They are text and not `Fingerprint`: doctor and setup also try the digests of no certificate.
    package func override(_ digests: [String]) -> ListOverride {
        switch self {
        // A macro on the command line takes precedence over every file.
        case .macro: ListOverride(macros: [.init(name: Self.macroName, value: digests.joined(separator: " : "))], substitutions: [])
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
