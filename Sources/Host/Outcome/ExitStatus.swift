/// trustctl's exit statuses, which scripts rely on. 64 and above are from sysexits(3).
package enum ExitStatus: Int32 {
    case done = 0
    // 10 to 20: what `client check` found; other client commands use some of them too.
    /// The relay does not relay for this certificate yet.
    case waiting = 10
    case anotherRelay = 11
    case noCertificateAsked = 12
    case ownCertificateNotValid = 13
    case noTLS = 14
    case cannotConnect = 15
    case notPinned = 16
    /// The mail of this host goes to the relay without what was agreed: TLS, the pin, our certificate.
    case pinNotUsed = 17
    case relayCertificateExpired = 18
    /// The mail program of this host cannot verify the relay, so its mail waits.
    case relayNotVerifiable = 19
    case ownCertificateNeverAccepted = 20
    case usage = 64
    /// Not a fingerprint, or Exim refused the candidate. From `notify`: Exim will never take the mail.
    case refused = 65
    case noSuchEntry = 66
    /// The reload failed, and the change was undone. From `status`: trustd does not follow a log. From `invite`: nobody came in time.
    /// From `notify`: Exim has not taken the mail yet.
    case notReloaded = 69
    case stuck = 70
    /// Another trustctl holds the lock, or somebody is editing the list.
    case busy = 75
    case notPermitted = 77
    /// Something in the configuration is wrong.
    case notSound = 78
    /// Ended by ^C or a closed terminal, as a shell counts it.
    case interrupted = 130
}
