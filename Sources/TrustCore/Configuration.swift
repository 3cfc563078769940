package import SystemPackage

/// The content of `trustd.conf`, with a default for every key that is missing. Both programs read the same file; see trustd.conf(5).
package struct Configuration: Equatable, Sendable {
    /// Exim's mainlogs, in the order written; `%D` and `%M` stand for the day and the month, as in Exim's `log_file_path`.
    package var logs: [FilePath] = ["/var/log/exim4/mainlog"]
    /// The folder into which the logs are rotated (logrotate's olddir); nil: they stay in their own.
    package var rotated: FilePath?
    /// trustd's folder: `pending/` and `position/` are below it.
    package var state: FilePath = "/var/lib/trustd"
    /// The file that defines RELAY_FROM_CERTS: ours as a whole, or any Exim configuration file.
    package var list: FilePath = "/etc/trustd/relay_from_certs"
    /// The folder of a list in folder form: one empty file for each approved fingerprint. It must be the one that the list's definition names.
    package var approved: FilePath = "/etc/trustd/approved"
    /// The trust directory.
    package var certificates: FilePath = "/etc/trustd/certs"
    /// With trust by a CA: the folder of that CA's certificate alone, against which Exim verifies clients.
    package var authority: FilePath = "/etc/trustd/authority"
    /// One empty file for each certificate that relays no more although the CA has issued it.
    package var revoked: FilePath = "/etc/trustd/revoked"
    /// What the CA has issued and its client has not fetched yet: one PEM file for each, named by the certificate that it replaces.
    package var issued: FilePath = "/etc/trustd/issued"
    /// trustctl's folder: the ledger, denials, journal and lock are below it.
    package var ledger: FilePath = "/var/lib/trustctl"
    /// Exim's binary; nil: the first of the usual places that exists.
    package var exim: FilePath?
    /// Exim's `-C`; nil: the configuration that Exim itself finds.
    package var eximConfiguration: FilePath?
    /// Further main configurations that include the list: their daemons are checked and reloaded too.
    package var also: [FilePath] = []
    package var reload = Reload.auto
    /// How many entries may be pending.
    package var maxPending = 10_000
    /// How many entries of one address (IPv6: one /64) may be pending.
    package var maxPerAddress = 20
    /// Seconds after its last sighting when a pending entry expires.
    package var pendingTTL: Int64 = 30 * 86_400
    /// To whom `trustctl notify` writes; nil: to nobody.
    package var notifyTo: MailAddress?
    /// From whom its mail is; nil: from trustd at this host's mail name.
    package var notifyFrom: MailAddress?
    /// The seconds in which it writes at most one mail.
    package var notifyEvery: Int64 = 900
    package var renew = RenewalPolicy()

    /// How Exim is told to read its configuration again.
    package enum Reload: Equatable, Sendable {
        /// systemd when it supervises the daemon, else the pid file that Exim names.
        case auto
        case systemd(unit: String)
        case pidFile(FilePath)
        /// Not at all: the operator reloads Exim.
        case none
    }

    package init() {}

    package var pending: FilePath { state.appending(SharedFiles.pending) }
    package var position: FilePath { state.appending(SharedFiles.position) }
    package var denied: FilePath { ledger.appending(SharedFiles.denied) }
    /// The folder of `trustctl notify`, beside trustd's.
    package var notified: FilePath { FilePath(state.string + "-notify") }

    /// Where the file is, unless `--config` names another one.
    package static let defaultPath: FilePath = "/etc/trustd/trustd.conf"
}
