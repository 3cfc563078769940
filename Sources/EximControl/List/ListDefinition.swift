package import SystemPackage
package import TrustCore

/// The one definition of the trust list in a file of Exim's configuration, in whichever form it was found there.
package enum ListDefinition {
    case macro(MacroDefinition)
    case folder(FolderDefinition)

    /// Finds it and recognises its form. Throws when there is none, more than one, or one in a form that trustctl does not change.
    package init(in bytes: [UInt8], file: FilePath) throws(TrustListError) {
        let lines = try DefinitionSearch.lines(in: bytes, file: file)
        if let folder = FolderDefinition(lines, in: bytes) {
            self = .folder(folder)
        } else {
            self = .macro(try MacroDefinition(lines, in: bytes, file: file))
        }
    }

    package var form: ListForm {
        switch self {
        case .macro: .macro
        case .folder(let definition): .folder(definition.folder)
        }
    }

    /// Whom Exim trusts by it.
    package var content: ListContent {
        switch self {
        case .macro(let definition): .listed(definition.list.fingerprints)
        case .folder(let definition): .folder(definition.folder)
        }
    }

    /// The file's bytes when `next` is approved in place of what was. A definition that names a folder stays as it is.
    package func file(with next: TrustList, unchanged bytes: [UInt8]) -> [UInt8] {
        switch self {
        case .macro(let definition): definition.file(with: next)
        case .folder: bytes
        }
    }

    /// The file's bytes without `fingerprints`, and whom Exim trusts then. Names in a folder must be removed there.
    package func removing(_ fingerprints: Set<Fingerprint>, unchanged bytes: [UInt8]) -> ([UInt8], ListContent) {
        switch self {
        case .macro(let definition):
            let rest = definition.list.removing(fingerprints)
            return (definition.file(with: rest), .listed(rest.fingerprints))
        case .folder(let definition): return (bytes, .folder(definition.folder))
        }
    }

    /// The bytes of `file` with the definition in another form, which is to hold `list`; a folder must be filled besides.
    package func file(_ file: FilePath, as form: ListForm, holding list: TrustList, unchanged bytes: [UInt8]) throws(TrustListError)
        -> [UInt8]
    {
        switch (self, form) {
        case (.macro(let definition), .folder(let folder)): definition.file(asFolder: folder)
        case (.folder(let definition), .macro): try definition.file(asMacroHolding: list, file: file)
        case (.macro, .macro), (.folder, .folder): bytes
        }
    }
}
