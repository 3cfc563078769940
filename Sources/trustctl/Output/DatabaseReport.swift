import FleetCarrier
import FleetHost
import Host
import SystemPackage
import Trust
import TrustCore

/// What `trustctl fleet join` says of the fleet's database: that trustsync carries from now on, or what it lacks, and who does what about that.
struct DatabaseReport {
    private let joining: DatabaseJoining

    init(_ joining: DatabaseJoining) { self.joining = joining }

    /// Starts trustsync where nothing is missing.
    func show(_ local: LocalTrust) {
        Output.write(text)
        guard joining.missing.isEmpty else { return }
        if let obstacle = HostUnit.carrier.start(local) {
            Terminal.note("trustsync is not started: \(obstacle)")
            Terminal.note("hint: systemctl start trustsync")
        } else {
            Terminal.note("trustsync is started: trustctl fleet status says whether it is connected")
        }
    }

    /// The commands are for other hosts: nothing here has the authority's key or the database.
    var text: String {
        let login = joining.login
        let role =
            "the database knows this host as \(login.role):\n\n"
            + "  trustctl fleet sql --\(login.kind == .relay ? "member" : "console") \(login.name) | psql -d \(joining.settings.name)\n\n"
        let missing = joining.missing
        guard !missing.isEmpty else { return role }
        var text = role + "trustsync cannot start yet; missing:\n\n"
        let database = joining.database
        if missing.contains(database.ca) {
            text += "  \(database.ca): the authority of the database's certificate, with --database-ca FILE\n"
        }
        if missing.contains(database.certificate) {
            text += "  \(database.certificate): the certificate of this host, with --database-certificate FILE\n\n"
            text += "where the authority's key is, with \(joining.request) of this host:\n\n"
            text += "  openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 730 -out client.pem\n"
        }
        return text + "\n"
    }
}
