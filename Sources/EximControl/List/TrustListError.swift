package import Host
package import SystemPackage

/// Why trustctl does not read or change a file as a trust list.
package enum TrustListError: Error, Equatable, CustomStringConvertible {
    case notDefined(file: FilePath)
    case notUnderstood(file: FilePath, line: Int, reason: String)
    /// The list holds the digest of no certificate: with it, everybody may relay.
    case poison(file: FilePath, line: Int)

    package var description: String {
        switch self {
        case .notDefined(let file): "\(file) does not define \(ListForm.macroName)"
        case .notUnderstood(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .poison(let file, let line): "\(file):\(line): the list holds the digest of no certificate: with it, everybody may relay"
        }
    }
}

extension Failure {
    package init(_ error: TrustListError) {
        switch error {
        case .poison:
            self.init(error.description, .refused, hint: "remove that line from the list by hand and reload Exim, now")
        case .notDefined:
            self.init(
                error.description, .notSound,
                hint: "add a line `\(ListForm.macro.emptyDefinition)` to it, or name another file with `list = PATH` in trustd.conf")
        case .notUnderstood:
            self.init(error.description, .notSound, hint: "trustctl changes only a plain list of fingerprints; nothing was changed")
        }
    }
}
