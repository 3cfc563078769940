import ArgumentParser
import Fleet
import FleetCarrier
import FleetHost
import Host
import TrustCore

struct FleetSQL: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sql", abstract: "Prints the SQL that makes a fleet's database, lets a host into it, or throws one out.",
        discussion: """
            It is for psql(1), as a superuser of the database; trustctl connects to none. Run twice, it does the same as once.

                createdb fleet
                trustctl fleet sql | psql -d fleet
                trustctl fleet sql --member mx1.example.org | psql -d fleet
            """)

    @Option(help: ArgumentHelp("Let this relay in, by its name in the fleet.", valueName: "name")) var member: String?
    @Option(help: ArgumentHelp("Let this console in, by a name of its own.", valueName: "name")) var console: String?
    @Option(
        help: ArgumentHelp("Throw out the relay or console with this name or role, with all that it brought.", valueName: "name"))
    var remove: String?
    @Option(help: ArgumentHelp("The fleet's name; the default is the fleet of this host.", valueName: "name")) var name: String?
    @OptionGroup var fleet: FleetOptions

    mutating func validate() throws {
        guard [member, console, remove, name].count(where: { $0 != nil }) <= 1 else {
            throw ValidationError("only one of --member, --console, --remove and --name")
        }
    }

    func run() throws { Output.put(Array(try text().utf8)) }

    private func text() throws(Failure) -> String {
        if let member { return try login(.relay, member).creation }
        if let console { return try login(.console, console).creation }
        if let remove {
            let logins = DatabaseLogin.logins(named: remove)
            guard !logins.isEmpty else { throw noName(remove) }
            return logins.map(\.removal).joined(separator: "\n")
        }
        let here = name == nil ? try fleet.fleet().configuration.fleet.name : ""
        guard let schema = FleetSchema(fleet: name ?? here) else {
            throw Failure("“\(Printable(name ?? here, limit: 70))” is no fleet's name: a-z, 0-9, . and -, at most 63", .usage)
        }
        return schema.text
    }

    private func login(_ kind: DatabaseLogin.Kind, _ name: String) throws(Failure) -> DatabaseLogin {
        guard let login = DatabaseLogin(kind, named: name) else { throw noName(name) }
        return login
    }

    private func noName(_ name: String) -> Failure {
        Failure(
            "“\(Printable(name, limit: 70))” cannot be a login's name: a-z, 0-9, . and -, at most 55", .usage,
            hint: "PostgreSQL cuts longer ones; the name is also in the host's client certificate")
    }
}
