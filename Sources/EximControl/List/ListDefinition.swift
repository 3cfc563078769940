package import SystemPackage

/// The one definition of the trust list in a file of Exim's configuration, in whichever form it was found there.
package enum ListDefinition {
    case macro(MacroDefinition)

    /// Finds it and recognises its form. Throws when there is none, more than one, or one in a form that trustctl does not change.
    package init(in bytes: [UInt8], file: FilePath) throws(TrustListError) {
        self = .macro(try MacroDefinition(in: bytes, file: file))
    }

    package var form: ListForm {
        switch self {
        case .macro: .macro
        }
    }

    /// What is approved, as it was read from the disk.
    package var list: TrustList {
        switch self {
        case .macro(let definition): definition.list
        }
    }

    /// The file's bytes when `next` is approved in place of `list`.
    package func file(with next: TrustList) -> [UInt8] {
        switch self {
        case .macro(let definition): definition.file(with: next)
        }
    }
}
