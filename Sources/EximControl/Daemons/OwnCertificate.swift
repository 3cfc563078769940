package import Certificates
package import Host
package import TrustCore

/// The certificate that clients of this relay see, as a running daemon shows it, and not as a file says: Exim may have read another one.
package struct OwnCertificate {
    package let certificate: Certificate
    /// Where it was asked: `127.0.0.1:25`.
    package let place: String

    /// Asks the daemons of this configuration, one after the other, over TLS and without a certificate of ours. Where a server has several
    /// certificates, it is the one that a client without SNI gets which takes any kind of key. Root alone sees which processes are daemons.
    package init(_ exim: LocalExim, _ configuration: Configuration) throws(Failure) {
        let daemons: EximDaemons
        let settings: DaemonSettings
        do throws(EximError) {
            settings = try exim.program.daemonSettings()
            let reload = configuration.reload == .none ? .auto : configuration.reload
            daemons = try DaemonSearch(exim.program, reloading: reload, settings: settings).daemons()
        } catch { throw Failure(error) }
        let processes = daemons.told.map(\.pid) + daemons.untold.filter { !$0.isStranger }.map(\.pid)
        guard !processes.isEmpty else {
            throw Failure(
                "exim does not run with this configuration", .notReloaded,
                hint: "start it (`systemctl start exim4`), then `trustctl show --own`")
        }
        for process in processes {
            guard let probe = DaemonProbe(ProcessFacts(pid: process), settings, progress: exim.program.progress),
                let der = probe.certificate
            else { continue }
            do { certificate = try Certificate(der: der) } catch {
                throw Failure("the certificate that exim shows at \(probe.place): \(error)", .notSound)
            }
            place = probe.place
            return
        }
        throw Failure(
            "exim (process \(processes.map { "\($0)" }.joined(separator: ", "))) does not begin TLS with us", .notSound,
            hint: "`trustctl setup` gives it a certificate; `trustctl doctor` examines it")
    }
}
