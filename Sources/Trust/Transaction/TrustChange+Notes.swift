import EximControl
package import TrustCore

extension TrustChange.Note {
    package func text(_ configuration: Configuration) -> String {
        switch self {
        case .nobodyTold where configuration.reload == .none: "reload = none: it counts when Exim is told to reload"
        case .noExim: "no exim is here: nobody has checked the files, and an exim at another place must be started again"
        case .nobodyTold: "Exim does not run: it counts when Exim starts"
        case .journalNotRemoved(let error): "the journal stays until the next command: \(error)"
        case .fileNotRemoved(let error): "a file is empty now, and the journal stays until the next command, which removes it: \(error)"
        }
    }
}
