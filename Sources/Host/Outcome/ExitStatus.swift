/// What trustctl's exit status means: a contract. 64 and above are those of sysexits(3).
package enum ExitStatus: Int32 {
    case done = 0
    // 10 to 16: what `client check` found, and for some of them why another command of the client's ends.
    /// The relay does not relay for this certificate yet.
    case waiting = 10
    case anotherRelay = 11
    case noCertificateAsked = 12
    case ownCertificateNotValid = 13
    case noTLS = 14
    case cannotConnect = 15
    case notPinned = 16
    case usage = 64
    /// Not a fingerprint, or Exim refused the candidate.
    case refused = 65
    case noSuchEntry = 66
    /// The reload failed, and the change was undone; for `status`: trustd does not follow.
    case notReloaded = 69
    case stuck = 70
    /// Another trustctl holds the lock, or somebody edits the list.
    case busy = 75
    case notPermitted = 77
    /// The configuration is not sound.
    case notSound = 78
}
