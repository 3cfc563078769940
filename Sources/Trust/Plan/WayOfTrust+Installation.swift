package import EximControl

extension WayOfTrust {
    /// Whether Exim takes an approved certificate only when it is installed in the trust directory.
    package var needsInstallation: Bool {
        switch self {
        case .fingerprint, .authority: false
        case .directory: true
        }
    }
}
