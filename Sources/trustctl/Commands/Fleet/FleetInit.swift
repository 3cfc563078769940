import ArgumentParser
import Fleet
import FleetCarrier
import FleetHost
import Host
import SystemPackage
import TrustCore

struct FleetInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes a fleet: signs its first decision.",
        discussion: """
            Needs no root and no relay. The key that signs is the first admin: who has it decides everything, and no other admin can take it \
            out. It belongs on a security key in a safe.
            """)

    @Argument(help: ArgumentHelp("What people call the fleet: a-z, 0-9, . and -.", valueName: "fleet")) var name: String
    @Option(help: ArgumentHelp("The first admin's public key, which signs.", valueName: "key.pub"), completion: .file()) var key: String
    @Option(help: ArgumentHelp("The first admin's name, instead of the key's comment.", valueName: "name")) var signer: String?
    @Option(help: ArgumentHelp("Another admin's public key.", valueName: "key.pub"), completion: .file()) var admin: [String] = []
    @Option(help: ArgumentHelp("The new file for the decision.", valueName: "file"), completion: .file()) var output: String

    func run() throws {
        let first = try SigningKey(FilePath(key))
        var admins: [SigningKey] = []
        for file in admin { admins.append(try SigningKey(FilePath(file))) }
        let genesis = try Genesis(
            of: name, signedBy: first, as: first.named(signer), admins: try admins.map { key throws(Failure) in try key.named() })
        try NewFile.write(genesis.record.encoded, to: output)
        Output.write(
            "the fleet \(name) is known by its first decision, which is in \(Printable(output, limit: 200)):\n\n"
                + DigestLines.text(genesis.digest.bytes) + "\n")
        Terminal.note(
            "hint: on each relay: trustctl fleet join \(Printable(output, limit: 200)) --member NAME "
                + "--head \(genesis.digest.description.prefix(16)) --genesis \(genesis.digest)")
    }
}
