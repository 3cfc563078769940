import ArgumentParser
import Authority
import Host
import SystemPackage
import Trust

struct AuthorityMoveKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move-key", abstract: "Moves the CA's key away, for example to a stick.",
        discussion: """
            Writes the key to a new file that only root can read, reads it back, and removes it here. From then on `ca sign` needs the file: \
            --key FILE. The file's disk must keep owners and modes, as ext4 does.
            """)

    @Argument(help: ArgumentHelp("The new file.", valueName: "file"), completion: .file()) var target: String
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var lock: LockOptions
    @OptionGroup var common: CommonOptions

    func run() throws {
        let local = try LocalTrust(config: common.config, mayBeMissing: true, progress: Terminal.progress(json: common.json))
        try local.checkMayChange()
        let authority = OwnAuthority(local)
        let place = ThisProcess.absolute(FilePath(target)).lexicallyNormalized()
        try Confirmation(assumeYes: yes).ask("Move the CA's key to \(place), and remove it here?")
        try local.locked(waiting: lock.wait) { () throws(Failure) in try KeyMove(authority).move(to: place) }
        Terminal.show(AuthorityReport.moved(place, authority), json: common.json)
    }
}
