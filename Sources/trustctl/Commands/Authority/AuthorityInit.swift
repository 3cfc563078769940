import ArgumentParser
import Authority
import Host
import Trust
import TrustCore

struct AuthorityInit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Makes a CA: a key that only root can read, and its certificate.",
        discussion: """
            They are in the folder `ca` beside trustd.conf. The CA signs certificates of clients and nothing else, and no client can sign \
            for others. Its name ends in random digits, so that no other CA has it. An existing CA is never overwritten.
            """)

    @Option(help: ArgumentHelp("What the CA's name begins with.", valueName: "name")) var name = "trustd relay CA"
    @Option(help: ArgumentHelp("How many days it is valid.", valueName: "days")) var days = 3_650
    @Flag(help: "Encrypt the key with a passphrase, which every signature then needs.") var passphrase = false
    @OptionGroup var secret: PassphraseOptions
    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard (1...36_500).contains(days) else { throw ValidationError("--days takes 1 to 36500") }
        if let fault = AuthorityMaking.fault(ofName: name) { throw ValidationError("--name \(fault)") }
    }

    func run() throws {
        let local = try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
        try local.checkMayChange()
        let authority = OwnAuthority(local)
        try AuthorityMaking.checkIsFree(authority)
        let isLocked = passphrase || secret.passphraseFile != nil
        let made = try AuthorityMaking(name: name, days: days, passphrase: isLocked ? try secret.new() : nil).make(authority)
        Terminal.show(AuthorityReport.made(made, authority, isLocked: isLocked), json: common.json)
    }
}
