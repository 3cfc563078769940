import Glibc
import SystemPackage
import TrustCore

/// What trustctl and the operator have decided, as far as trustd may know it: by the names in two folders.
struct DecisionFolders {
    private let denied: FilePath
    private let certificates: FilePath
    /// Folders in which no name can be looked up, and why.
    private(set) var unreadable: [FilePath: SystemError] = [:]

    init(_ configuration: Configuration) {
        denied = configuration.denied
        certificates = configuration.certificates
    }

    mutating func isDenied(_ fingerprint: Fingerprint, _ notes: inout [Note]) -> Bool { has(fingerprint.description, in: denied, &notes) }

    /// Whether the operator has put the certificate into the trust directory.
    mutating func isAwaited(_ fingerprint: Fingerprint, _ notes: inout [Note]) -> Bool {
        has(SharedFiles.certificate(of: fingerprint), in: certificates, &notes)
    }

    /// Only "no such file" means no. With any other error what was denied comes back into the queue, and that has to be reported.
    private mutating func has(_ name: String, in folder: FilePath, _ notes: inout [Note]) -> Bool {
        let found = faccessat(AT_FDCWD, "\(folder.string)/\(name)", F_OK, AT_SYMLINK_NOFOLLOW) == 0
        guard !found, errno != ENOENT, errno != ENOTDIR else {
            unreadable[folder] = nil
            return found
        }
        let error = SystemError("look into", folder)
        if unreadable[folder] != error {
            let hint = "let the user that trustd runs as search that folder"
            notes.append(Note(message: "\(error): what was decided there is not known", hint: hint, severity: .error))
        }
        unreadable[folder] = error
        return false
    }
}
